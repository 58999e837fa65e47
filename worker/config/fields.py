"""How each setting's text becomes a value; a text that can't says what to write."""

import re
from datetime import date, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from worker.config import console_port, console_url, maintenance
from worker.config.maintenance import Window
from worker.i18n import message
from worker.i18n.language import Language
from worker.runtime import hosts


def _switch(value: Any) -> Any:
    """Read on and off, and the words that other programs use for them."""
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}
    found = words.get(str(value).strip().lower())
    if found is None:
        raise ValueError(message("write on or off"))
    return found


def _hours(value: Any) -> Any:
    """Read `06:00-18:00` as two times; the end may be 24:00. Empty: closed."""
    text = str(value).strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", text)
    if not found:
        raise ValueError(message("write it like 06:00-18:00, or leave it empty for a day off"))
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not 0 <= start < end <= 24 * 60 or int(found[2]) > 59 or int(found[4]) > 59:
        raise ValueError(message("the end must come after the start, between 00:00 and 24:00"))
    return start, end


def _dates(value: Any) -> Any:
    """Read `2026-05-04, 2026-06-03`."""
    parts = [one.strip() for one in str(value).split(",") if one.strip()]
    try:
        return frozenset(date.fromisoformat(one) for one in parts)
    except ValueError as error:
        raise ValueError(
            message("write dates like 2026-05-04, with commas between: {error}", error=str(error))
        ) from error


def _won(value: Any) -> Any:
    """Read 100000000 or 100,000,000."""
    text = str(value).strip()
    if not re.fullmatch(r"\d{1,15}|\d{1,3}(,\d{3}){1,4}", text, re.ASCII):
        raise ValueError(message("write whole won, such as 100,000,000"))
    return int(text.replace(",", ""))


def _clock(value: Any) -> Any:
    """Read `12:00`; empty means never."""
    text = str(value).strip()
    if not text:
        return None
    if not re.fullmatch(r"\d\d:\d\d", text):
        raise ValueError(message("write it like 12:00, or leave it empty"))
    return time.fromisoformat(text)


def _hosts(value: Any) -> Any:
    """Read `static.example.com, *.example.net`."""
    return value if isinstance(value, frozenset) else hosts.entries(str(value))


def _port(value: Any) -> Any:
    """Read 8810; empty means none."""
    return value if value is None else console_port.read(str(value))


def _page_address(value: Any) -> Any:
    """Read http://127.0.0.1:8810; empty means no links."""
    return console_url.read(str(value))


def _windows(value: Any) -> Any:
    """Read `sun 02:00-06:00; mon-fri 23:30-00:30`; empty means none."""
    return value if isinstance(value, tuple) else maintenance.read(str(value))


def _language(value: Any) -> Any:
    """Read en or ko."""
    text = str(value).strip().lower()
    if text not in set(Language):
        raise ValueError(message("write en or ko"))
    return Language(text)


Switch = Annotated[bool, BeforeValidator(_switch)]
#: Minutes since midnight, from and to (not included); None on a day off.
Hours = Annotated[tuple[int, int] | None, BeforeValidator(_hours)]
Dates = Annotated[frozenset[date], BeforeValidator(_dates)]
Clock = Annotated[time | None, BeforeValidator(_clock)]
HostNames = Annotated[frozenset[str], BeforeValidator(_hosts)]
#: When the ERP is planned to be away.
Windows = Annotated[tuple[Window, ...], BeforeValidator(_windows)]
#: None: no page.
Port = Annotated[int | None, BeforeValidator(_port)]
#: "": no links.
PageAddress = Annotated[str, BeforeValidator(_page_address)]
Won = Annotated[int, BeforeValidator(_won), Field(ge=1)]
LanguageName = Annotated[Language, BeforeValidator(_language)]
Seconds = Annotated[float, Field(gt=0, le=3000)]
