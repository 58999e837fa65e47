"""The ERP's hosts, which are all that the browser may reach.

They come from the settings, from the ERP's package and from a probe. An entry is a name such as erp.example.com, or
*.example.com for every host below it. With a port, such as erp.example.com:8443, it allows that port alone.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worker.i18n import message
from worker.runtime.files import read_json, write_private
from worker.runtime.site import DEFAULT_PORTS, host_of

#: What a probe has learnt, in the data folder: one ERP's hosts.
LEARNT = "erp_hosts.json"

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ENTRY = re.compile(rf"(?P<any>\*\.)?(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::(?P<port>\d{{1,5}}))?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """A list of hosts; each entry in the form that `entry` returns."""

    entries: frozenset[str]

    def allows(self, host: str, port: int) -> bool:
        """True when a host may be reached at a port."""
        name = _plain(host)
        parents = name.split(".")
        below = {f"*.{'.'.join(parents[start:])}" for start in range(1, len(parents))}
        return any(one in self.entries or f"{one}:{port}" in self.entries for one in {name, *below})

    def __str__(self) -> str:
        return ", ".join(sorted(self.entries))


def entry(text: str) -> str:
    """Return an entry of a list as it is compared. Raises ValueError that says what to write."""
    written = _ascii(text.strip().lower())
    found = _ENTRY.fullmatch(written)
    if "/" in written or found is None:
        raise ValueError(message("{text} is no host; write its name alone, such as erp.example.com", text=repr(text)))
    if found["any"] and "." not in found["host"]:
        raise ValueError(
            message("{text} would allow every host; write a domain, such as *.example.com", text=repr(text))
        )
    if found["port"] and not 1 <= int(found["port"]) <= 65535:
        raise ValueError(message("{text} has no possible port", text=repr(text)))
    port = f":{found['port']}" if found["port"] else ""
    return f"{found['any'] or ''}{_plain(found['host'])}{port}"


def entries(text: str) -> frozenset[str]:
    """Return the entries of a list with commas between. Raises ValueError."""
    return frozenset(entry(one) for one in text.split(",") if one.strip())


def of(address: str, *, family: Sequence[str] = (), written: Iterable[str] = (), learnt: Iterable[str] = ()) -> Hosts:
    """Return the hosts of the ERP at an address: its own, its family's, and what a setting and a probe name.

    An ERP on this machine is reached at its own port alone: what else listens here is none of a page's business.
    """
    parts = urlsplit(address)
    own = host_of(address)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower(), 443)
    return Hosts(frozenset({f"{own}:{port}" if own == "localhost" else own, *family, *written, *learnt}))


def learnt(data: Path, *, origin: str) -> frozenset[str]:
    """Return what a probe of this very ERP has learnt; nothing where none did, or the file can't be used."""

    def of_this(found: Any) -> frozenset[str]:
        return frozenset(entry(str(one)) for one in found["hosts"] if found["origin"] == origin)

    return read_json(data / LEARNT, of_this, frozenset())


def learn(data: Path, hosts: Iterable[str], *, origin: str) -> None:
    """Keep hosts for this ERP, beside those that were learnt before. Raises OSError."""
    kept = sorted(learnt(data, origin=origin) | {entry(one) for one in hosts})
    write_private(data / LEARNT, json.dumps({"origin": origin, "hosts": kept}, ensure_ascii=False, indent=1) + "\n")


def _ascii(text: str) -> str:
    """Return an entry with its name as the network knows it: 한글.kr is xn--bj0bj06e.kr."""
    try:
        return text.encode("idna").decode("ascii") if not text.isascii() else text
    except UnicodeError:
        return text


def _plain(host: str) -> str:
    """Return a host as the list has it: lower case, ASCII, without the root's dot; `localhost` for this machine."""
    return host_of(f"//[{host}]" if ":" in host and not host.startswith("[") else f"//{host}")
