"""Where readers' browsers reach the office's page: CONSOLE_URL, and the addresses of its screens. Light."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit

from worker.config import console_port
from worker.i18n import message

#: The screens of the page; tests try each address at the page itself.
TODAY, WAITING = "/", "/waiting"


def waiting(key: str) -> str:
    """Return the path of one row that waits for a person."""
    return f"{WAITING}/{quote(key, safe='')}"


def payment(key: str) -> str:
    """Return the path of a payment."""
    return f"/payments/{quote(key, safe='')}"


def alarm(number: int) -> str:
    """Return the path of an alarm, by its number in the ledger."""
    return f"/alarms/{number}"


def report(day: date, show: str = "day") -> str:
    """Return the path of the report of a day, or of the week or month that holds it."""
    return f"/reports?day={day.isoformat()}&show={show}"


def schedule(day: date) -> str:
    """Return the path of the month that holds a day."""
    return f"/days?month={day:%Y-%m}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """The page as mails and reports name it."""

    #: False: the settings want no page.
    is_there: bool = True
    #: Scheme, host and port, such as http://127.0.0.1:8810; "": no links.
    base: str = ""

    def to(self, path: str) -> str:
        """Return the address of a screen, "" where CONSOLE_URL is empty."""
        return f"{self.base}{path}" if self.base else ""


#: A page that nothing links to.
NO_LINKS = PageLinks()


def read(text: str) -> str:
    """Return the address without a slash at its end, "" for none. Raises ValueError that says what to write instead."""
    written = text.strip()
    if not written:
        return ""
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        raise ValueError(_what_to_write()) from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(message("it holds a user or a password: write the address alone, for everybody may read it"))
    is_alone = parts.path in ("", "/") and not parts.query and not parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not is_alone:
        raise ValueError(_what_to_write())
    if not written.isascii() or any(letter.isspace() or letter in "\"'<>\\" for letter in written):
        raise ValueError(_what_to_write())
    return f"{parts.scheme}://{parts.netloc}"


def of(values: Mapping[str, str]) -> PageLinks:
    """Return the links that the settings want; none for what is no address: the settings say what is wrong with it."""
    try:
        base = read(values.get("CONSOLE_URL", ""))
    except ValueError:
        base = ""
    is_there = not console_port.is_off(values)
    return PageLinks(is_there=is_there, base=base if is_there else "")


def _what_to_write() -> str:
    return message("write the page's address alone, such as http://127.0.0.1:8810, or leave it empty: no links")
