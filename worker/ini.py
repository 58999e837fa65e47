"""Reads circus.ini with var/local.ini over it, for everything that Circus itself does not hand over.

Circus lets the first of two equal keys win, so an included file can add but never override, and its plugins see no
environment at all. Here local.ini wins, in every section, and hooks, guards, worker and commands see the same values.
"""

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from worker.errors import SettingsError

#: Where things are may also come from the environment of circusd or of a command. What is done never does.
FROM_ENVIRONMENT = ("DATA_DIR", "DEMO_PORT", "DEMO_CONTROL_PORT", "DEMO_KNOBS", "DEMO_PAYMENTS", "CHROMIUM")

#: Names the circus.ini in force; set by the hooks for everything circusd starts.
INI_VARIABLE = "DAYBREAK_INI"


#: What the hooks set for everything circusd starts: nothing that is started beside the tree may inherit it.
OF_A_TREE = (INI_VARIABLE, *(f"DAYBREAK_{name}" for name in ("TREE", "MARK", "CIRCUSD", "WATCHER", "SPAWN", "REASON")))


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what belongs to one tree."""
    return {name: value for name, value in environ.items() if name not in OF_A_TREE}


def ini_path() -> Path:
    """Return the circus.ini in force: the one circusd was started with, else the project's own."""
    named = os.environ.get(INI_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parent.parent / "circus.ini"


def sections(ini: Path | None = None) -> dict[str, dict[str, str]]:
    """Return {section: {key: value}} of circus.ini and local.ini together.

    Raises SettingsError when a file can't be read or says the same key twice.
    """
    ini = ini or ini_path()
    merged: dict[str, dict[str, str]] = {}
    for path in (ini, ini.parent / "var" / "local.ini"):
        parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#", ";"))
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        try:
            text = path.read_text(encoding="utf-8")
            parser.read_string(text, source=str(path))
        except FileNotFoundError:
            if path == ini:
                raise SettingsError(f"reading the settings: {path} is missing") from None
            continue
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            reason = " ".join(str(error).split())
            raise SettingsError(f"reading the settings: {path}: {reason}") from error
        for name in parser.sections():
            merged.setdefault(name, {}).update(parser.items(name))
    return merged


def worker_settings(ini: Path | None = None, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what [env:worker] says, by name, with the places that the environment may override."""
    found = sections(ini)
    values = {**found.get("env", {}), **found.get("env:worker", {})}
    values.update({name: environ[name] for name in FROM_ENVIRONMENT if environ.get(name)})
    return values


def data_dir(ini: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the absolute folder of all runtime files. A relative DATA_DIR counts from circus.ini's folder."""
    ini = ini or ini_path()
    named = worker_settings(ini, environ).get("DATA_DIR") or "var"
    return (ini.parent.resolve() / Path(named).expanduser()).resolve()
