"""One spelling for the many addresses of one site: what two workers are kept apart by."""

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

#: Ports that go without saying.
DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(address: str) -> str:
    """Return the host of an address: lower case, ASCII, without the root's dot; `localhost` for this machine's own."""
    host = (urlsplit(address).hostname or "").rstrip(".").lower()
    with suppress(UnicodeError):
        host = host.encode("idna").decode("ascii")
    with suppress(ValueError):
        ip = ipaddress.ip_address(host)
        mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
        return "localhost" if (mapped or ip).is_loopback else str(mapped or ip)
    return "localhost" if host.endswith(".localhost") else host


def site_of(address: str) -> str:
    """Return host and port of an address, the port only where it is not its scheme's own. The scheme does not count."""
    parts = urlsplit(address)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    host = host_of(address)
    return host if port in DEFAULT_PORTS.values() or port is None else f"{host}:{port}"
