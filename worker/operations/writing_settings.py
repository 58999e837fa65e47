"""Changes settings: checked as a whole before anything is stored, in local.ini and in the files of secrets."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from worker.config import files, ini, loading, local_ini, names, secret
from worker.errors import DaybreakError, Overtaken
from worker.i18n import message
from worker.runtime import installation
from worker.runtime.files import write_private
from worker.runtime.locks import alone

#: The file of each secret, where no setting names another, and the setting that names it.
SECRETS: Mapping[str, str] = {
    "ERP_PASSWORD_FILE": "var/erp-password",
    "SMTP_PASSWORD_FILE": "var/smtp-password",
    "PROXY_LOGIN_FILE": "var/proxy-login",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different."""

    #: Of [env:worker]: the value by its name; None leaves it to circus.ini.
    values: Mapping[str, str | None] = field(default_factory=dict)
    #: Of [markers]: the mark by its name; None leaves it to daybreak's own table.
    markers: Mapping[str, str | None] = field(default_factory=dict)
    #: By the setting that names its file; goes into that file alone.
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)


def version() -> str:
    """Return a text that changes with local.ini: a change goes together with the one that was shown."""
    return hashlib.sha256(_content()).hexdigest()[:24]


def apply(change: Change, *, stamp: str = "") -> tuple[str, ...]:
    """Store a change that can be used as a whole; return the names that it is about.

    `stamp`: the version that was shown; empty: whatever stands there. Raises Overtaken where another person has
    changed local.ini since; SettingsError that names each problem, DaybreakError. Nothing is stored then.
    """
    path = files.local_ini(installation.ini_path())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(path.parent / "local.ini.lock") as is_ours:
        if not is_ours:
            raise DaybreakError(message("changing the settings: another program is at it. Try again"))
        if stamp and stamp != version():
            raise Overtaken(
                message(
                    "changing the settings: somebody else has changed them since they were shown. Nothing was "
                    "changed; look at them again"
                )
            )
        values = dict(change.values)
        # The file that is named before it is filled: it keeps its place.
        named = ini.in_use().sections.get(names.WORKER, {})
        places: dict[Path, str] = {}
        for setting, word in change.secrets.items():
            written = values.get(setting) or named.get(setting, "")
            if not written or written.startswith(secret.CREDENTIAL):
                written = values[setting] = SECRETS[setting]
            places[secret.place(written, installation.ini_path().parent)] = secret.demand_password(
                word.get_secret_value(), setting
            )
        with _secrets(places):
            text = _changed(values, change.markers)
            _, problems = loading.checked(local=text)
            if problems:
                raise ini.wrong(problems)
            write_private(path.resolve(), text.encode("utf-8"))
    return (*values, *change.markers)


def _changed(values: Mapping[str, str | None], markers: Mapping[str, str | None]) -> str:
    for name in (*values, *markers):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name, re.ASCII):
            # A line end in a name would be a line of its own, as would one in a value.
            raise DaybreakError(message("changing the settings: {name} is no name of a setting", name=repr(name)))
    for name, value in (*values.items(), *markers.items()):
        if value is not None and (not value.isprintable() or len(value) > files.LONGEST // 100):
            # A line end would be a line of its own.
            raise DaybreakError(
                message("changing the settings: the value of {name} is no single line of text", name=name)
            )
    text = files.decoded(_content())
    if text is None:
        raise DaybreakError(message("changing the settings: local.ini is no UTF-8 text. Nothing was changed"))
    return local_ini.changed(text, {names.WORKER: values, names.MARKERS: markers})


def _content() -> bytes:
    try:
        return files.local_ini(installation.ini_path()).read_bytes()
    except FileNotFoundError:
        return b""


@contextmanager
def _secrets(places: Mapping[Path, str]) -> Iterator[None]:
    """Have the files of secrets hold these for a block and for good; put back what they held if the block fails."""
    before: dict[Path, bytes | None] = {}
    try:
        for path, word in places.items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                before[path] = path.read_bytes()
            except FileNotFoundError:
                before[path] = None
            write_private(path, f"{word}\n")
        yield
    except BaseException:
        for path, content in before.items():
            with suppress(OSError):
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    write_private(path, content)
        raise
