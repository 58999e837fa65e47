"""circus.ini with var/local.ini over it, for everything that Circus itself does not hand over.

Circus lets the first of two equal keys win, so an included file can add but never override, and its plugins see no
environment at all. Here local.ini wins, in every section, and hooks, guards, worker and commands see the same values.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.config import files, kept, names
from worker.config.files import Sections
from worker.errors import SettingsError
from worker.i18n import listed, message
from worker.runtime import installation

#: Where things are may also come from the environment of circusd or of a command. What is done never does.
FROM_ENVIRONMENT = ("DATA_DIR", "DEMO_PORT", "DEMO_CONTROL_PORT", "DEMO_KNOBS", "DEMO_PAYMENTS", "CHROMIUM")


@dataclass(frozen=True, slots=True, kw_only=True)
class InUse:
    """The settings to go on with, whatever the files say."""

    sections: Sections
    #: What is wrong with the files; while there is something, `sections` are the last good ones.
    problems: tuple[str, ...] = ()
    #: True when there are none of before either, and `sections` are what of the files is understood.
    is_guess: bool = False

    def values(self, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """Return what [env:worker] says, by name, with the places that the environment may override."""
        return _values(self.sections, environ)


def wrong(problems: Iterable[str]) -> SettingsError:
    """Return the error that names all these problems."""
    found = tuple(problems)
    error = SettingsError(listed(message("the settings are wrong"), found))
    error.problems = found
    return error


def sections(ini: Path | None = None) -> Sections:
    """Return {section: {key: value}} of circus.ini and local.ini together.

    Raises SettingsError that names every line which is not understood.
    """
    found = files.read(ini or installation.ini_path())
    if found.problems:
        raise wrong(found.problems)
    return found.sections


def in_use(ini: Path | None = None) -> InUse:
    """Return what the files say, or the last good settings while one of them is not understood. Never raises."""
    ini = ini or installation.ini_path()
    found = files.read(ini)
    if not found.problems:
        return InUse(sections=found.sections)
    good = kept.read(ini)
    return InUse(sections=found.sections if good is None else good, problems=found.problems, is_guess=good is None)


def last_good(ini: Path | None = None) -> InUse | None:
    """Return the settings with which the worker started last, or None."""
    good = kept.read(ini or installation.ini_path())
    return None if good is None else InUse(sections=good)


def worker_settings(ini: Path | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what [env:worker] says, by name, with the places that the environment may override.

    Raises SettingsError as `sections` does.
    """
    return _values(sections(ini), environ)


def data_dir(ini: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the absolute folder of all runtime files. A relative DATA_DIR counts from circus.ini's folder.

    Never raises: while the files are not understood it is the folder of before.
    """
    ini = ini or installation.ini_path()
    named = in_use(ini).values(environ).get("DATA_DIR") or "var"
    return (ini.parent.resolve() / Path(named).expanduser()).resolve()


def _values(found: Sections, environ: Mapping[str, str]) -> dict[str, str]:
    values = {**found.get(names.EVERYBODY, {}), **found.get(names.WORKER, {})}
    values.update({name: environ[name] for name in FROM_ENVIRONMENT if environ.get(name)})
    return values
