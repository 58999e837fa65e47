"""Where the office's page listens: CONSOLE_PORT. Light: circusd's hooks ask whether there is to be a page at all."""

from collections.abc import Mapping

from worker.errors import SettingsError
from worker.i18n import message

#: Of circus.ini; for a file that does not name the setting.
DEFAULT = "8810"


def read(text: str) -> int | None:
    """Return the port, None for an empty text: no page. Raises ValueError that says what to write instead."""
    written = text.strip()
    if not written:
        return None
    if not (written.isascii() and written.isdecimal() and 1 <= int(written) <= 65535):
        raise ValueError(message("write a port from 1 to 65535, such as 8810, or leave it empty: no page"))
    return int(written)


def of(values: Mapping[str, str]) -> int | None:
    """Return the port that the settings name. Raises SettingsError for what is none."""
    written = values.get("CONSOLE_PORT", DEFAULT)
    try:
        return read(written)
    except ValueError as error:
        raise SettingsError(
            message("{setting}={value}: {why}", setting="CONSOLE_PORT", value=repr(written), why=error.args[0])
        ) from error


def is_off(values: Mapping[str, str]) -> bool:
    """True when the settings want no page."""
    return not values.get("CONSOLE_PORT", DEFAULT).strip()
