"""Where a dead-man service listens, as a setting names it."""

from urllib.parse import urlsplit

from worker.i18n import message

#: The setting's word for: no service off this host, on purpose.
OFF = "off"


def address(text: str) -> str:
    """Return the service's address that a setting names; empty for none."""
    text = text.strip()
    return "" if text.lower() == OFF else text


def why_no_address(text: str) -> str:
    """Say why a setting names no service, or return an empty text."""
    found = address(text)
    try:
        parts = urlsplit(found)
        is_well = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_well = False
    if found and not is_well:
        return message("it must be an address like https://hc-ping.com/your-uuid, or empty, or off")
    return ""
