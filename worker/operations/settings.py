"""The settings as they are in force, each with where it comes from, and what is wrong with them."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.alerts import channel_tests
from worker.config import files, ini, loading, names
from worker.runtime import installation

#: Addresses that are secrets themselves: who knows one can report in our place.
SECRET = frozenset({"PING_URL", "PING_GUARDS_URL"})

#: What is shown in the place of a secret.
HIDDEN = "***"


class Origin(StrEnum):
    """Where a setting comes from, the strongest first."""

    ENVIRONMENT = "environment"
    LOCAL = "local.ini"
    INI = "circus.ini"
    #: Neither file names it.
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShown:
    """One setting."""

    #: The section that it stands in, such as env:worker.
    section: str
    name: str
    #: As it is written; without passwords. Empty for a default.
    value: str
    origin: Origin
    #: The line of its file; 0: none, or not known.
    line: int = 0
    #: What circus.ini says where local.ini or the environment says something else; else None.
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsShown:
    """All settings."""

    settings: tuple[SettingShown, ...]
    #: A sentence for each thing that is wrong with them; while there is one, the worker would not start.
    problems: tuple[str, ...]
    #: True: a file is not understood, and guards and messages go on with the settings of before.
    is_last_good: bool


def listed(environ: Mapping[str, str] = os.environ) -> SettingsShown:
    """Return every setting that may be made, as it is in force. Never raises for what is wrong with the files."""
    path = installation.ini_path()
    shipped, own = files.each(path)
    written = _Written(shipped=shipped, own=own, lines=files.lines(path), environ=environ)
    shown = [
        _shown(section, name, written) for section, known in _known(shipped, own).items() for name in sorted(known)
    ]
    chosen, problems = loading.checked()
    if chosen is not None and not problems and (why := channel_tests.why_not_production(chosen)):
        problems = [why]
    return SettingsShown(settings=tuple(shown), problems=tuple(problems), is_last_good=bool(ini.in_use(path).problems))


def _known(shipped: files.Sections, own: files.Sections) -> dict[str, frozenset[str]]:
    """Return {section: names}: those of the worker, of the guards, and the marks that somebody has set."""
    marks = frozenset({**shipped.get(names.MARKERS, {}), **own.get(names.MARKERS, {})})
    return {names.WORKER: names.SETTINGS, **names.GUARDS, **({names.MARKERS: marks} if marks else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What is written, and where."""

    shipped: files.Sections
    own: files.Sections
    #: Of circus.ini and of local.ini.
    lines: tuple[files.Lines, files.Lines]
    environ: Mapping[str, str]


def _shown(section: str, name: str, written: _Written) -> SettingShown:
    by_ini, by_local = _value(written.shipped, section, name), _value(written.own, section, name)
    value, origin, line = "", Origin.DEFAULT, 0
    if section == names.WORKER and name in ini.FROM_ENVIRONMENT and written.environ.get(name):
        value, origin = written.environ[name], Origin.ENVIRONMENT
    elif by_local is not None:
        value, origin, line = by_local, Origin.LOCAL, _line(written.lines[1], section, name)
    elif by_ini is not None:
        value, origin, line = by_ini, Origin.INI, _line(written.lines[0], section, name)
    is_changed = origin in (Origin.ENVIRONMENT, Origin.LOCAL) and by_ini is not None and by_ini != value
    return SettingShown(
        section=section,
        name=name,
        value=_without_secrets(name, value),
        origin=origin,
        line=line,
        instead_of=_without_secrets(name, by_ini or "") if is_changed else None,
    )


def _line(lines: files.Lines, section: str, name: str) -> int:
    return lines.get((section, name)) or (lines.get((names.EVERYBODY, name), 0) if section == names.WORKER else 0)


def _value(sections: files.Sections, section: str, name: str) -> str | None:
    """Return what a file says; Circus's section for all watchers counts for the worker as well."""
    found = sections.get(section, {}).get(name)
    if found is None and section == names.WORKER:
        return sections.get(names.EVERYBODY, {}).get(name)
    return found


def without_login(text: str) -> str:
    """Return a text without who signs in at an address that it names."""
    return re.sub(r"//[^/\s]*@", f"//{HIDDEN}@", text)


def _without_secrets(name: str, value: str) -> str:
    shown = re.sub(r"//.*@", f"//{HIDDEN}@", value)
    return re.sub(r"(://[^/]*).+", rf"\1/{HIDDEN}", shown) if name in SECRET else shown
