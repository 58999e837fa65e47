"""The files of secrets: one line each, or a list of them, readable by us alone. No text of an error holds a secret."""

import os
from collections.abc import Mapping
from pathlib import Path

from worker.config.files import QUOTES, decoded
from worker.errors import SettingsError
from worker.i18n import message
from worker.runtime import logs

#: Longest password or list of addresses (bytes).
LONGEST = 100_000


#: A secret's file may be written so: systemd hands it over (systemd.exec(5), LoadCredential), and no disk holds it.
CREDENTIAL = "credential:"


def place(written: str, folder: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file that a setting names; a relative one counts from `folder`, circus.ini's.

    `credential:NAME` is what systemd loaded for the unit; outside it there is no such file.
    """
    if written.startswith(CREDENTIAL):
        given = environ.get("CREDENTIALS_DIRECTORY", "")
        return Path(given or "/run/credentials/daybreak.service") / Path(written.removeprefix(CREDENTIAL)).name
    return folder / Path(written).expanduser()


def _is_credential(path: Path) -> bool:
    """True for a file that systemd handed over: its folder is shut to everybody else.

    A service's user reads it by an access list, which shows as rights of the group.
    """
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    return bool(given) and path.parent == Path(given)


def password(path: Path, setting: str) -> str:
    """Return the password in this file, without a byte order mark and line end; kept out of the logs from now on.

    Raises SettingsError for a file that others can read, and for what no password looks like: a try with it would
    only lock the account.
    """
    cure = message("Put the password there")
    text = _text(path, setting, cure).rstrip("\r\n")
    if not text.strip():
        raise _empty(path, setting, cure)
    for line in text.splitlines():
        logs.hide(line)
    if why := _why_no_password(text):
        raise SettingsError(message("{setting}={value}: {why}", setting=setting, value=repr(str(path)), why=why))
    return text


def demand_password(text: str, setting: str) -> str:
    """Return a password that is to be stored. Raises SettingsError, without it, for what no password looks like."""
    logs.hide(text)
    if not text.strip():
        raise SettingsError(message("{setting}: the password is empty", setting=setting))
    why = _why_no_password(text)
    if not why and (not text.isprintable() or len(text) > LONGEST // 100):
        why = message("it holds a character that can't be seen, or is too long; type it again")
    if why:
        raise SettingsError(message("{setting}={value}: {why}", setting=setting, value="***", why=why))
    return text


def _why_no_password(text: str) -> str:
    if len(text.splitlines()) > 1:
        return message("it holds more than one line; put the password there, and nothing else")
    if text != text.strip():
        return message("it begins or ends with a blank; put the password there, and nothing else")
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        return message("it has quotes around the password; take them away")
    return ""


def lines(path: Path, setting: str, cure: str) -> tuple[str, ...]:
    """Return the lines of this file but for blank ones and comments; they are kept out of the logs from now on.

    Raises SettingsError as above, and for a file without any text; `cure` is what to do then.
    """
    text = _text(path, setting, cure)
    if not text.strip():
        raise _empty(path, setting, cure)
    found = [line.strip() for line in text.splitlines()]
    for line in found:
        logs.hide(line)
    return tuple(line for line in found if line and not line.startswith(("#", ";")))


def _empty(path: Path, setting: str, cure: str) -> SettingsError:
    return SettingsError(
        message("{setting}={file} is empty. {cure}.", setting=setting, file=repr(str(path)), cure=cure)
    )


def _text(path: Path, setting: str, cure: str) -> str:
    try:
        others = path.stat().st_mode & (0o037 if _is_credential(path) else 0o077)
        with path.open("rb") as file:
            data = file.read(LONGEST)
    except OSError as error:
        raise SettingsError(
            message(
                "reading {setting}={file}: {error}. {cure}.",
                setting=setting,
                file=repr(str(path)),
                error=str(error),
                cure=cure,
            )
        ) from None
    if others:
        raise SettingsError(
            message(
                "{setting}={file} can be read by others: {command}",
                setting=setting,
                file=repr(str(path)),
                command=f"chmod 600 '{path}'",
            )
        )
    text = decoded(data)
    if text is None:
        why = message("it is not UTF-8 text; save it as UTF-8 (Notepad: Save as, Encoding)")
        raise SettingsError(message("{setting}={value}: {why}", setting=setting, value=repr(str(path)), why=why))
    return text
