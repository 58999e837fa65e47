"""Reads the settings that are in force and checks them as a whole: each by itself, and beside each other."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from worker.config import channels, erp_class, files, ini, names, never_due
from worker.config.channels import LOOPBACK
from worker.config.settings import GROUPS, Settings
from worker.errors import SettingsError
from worker.i18n import foreign, message, said_by
from worker.runtime import installation
from worker.runtime.mounts import is_shared, mount_of

#: What the groups check, and the reader of the channels would say again.
_CHECKED_ELSEWHERE = frozenset({"REPORT_LANGUAGE", "PROXY_URL", "PROXY_LOGIN_FILE"})


def _why_not_here(folder: Path) -> str:
    """Say why the data folder can't be where it is, or return an empty text."""
    mount = mount_of(folder)
    if mount is not None and is_shared(mount.kind):
        return message(
            "DATA_DIR={folder} lies on {mount} ({kind}): the ledger needs a disk of this Linux machine",
            folder=repr(str(folder)),
            mount=str(mount.point),
            kind=mount.kind,
        )
    return ""


def load(values: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force; makes their data folder.

    Raises SettingsError that names every setting that is wrong and what to write.
    """
    settings, problems = checked(values)
    if settings is not None and not problems:
        folder = settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            problems = [message("DATA_DIR={folder} can't be made: {error}", folder=repr(str(folder)), error=str(error))]
    if settings is None or problems:
        raise ini.wrong(problems)
    return settings


def checked(values: Mapping[str, str] | None = None, *, local: str | None = None) -> tuple[Settings | None, list[str]]:
    """Return the settings, None if a value can't be used, and everything that is wrong with them. Touches nothing.

    `local`: a text to be judged in the place of what local.ini holds now.
    """
    if values is None:
        read = files.read(installation.ini_path(), local=local)
        problems = list(read.problems)
        found = ini.InUse(sections=read.sections).values()
        markers = read.sections.get("markers", {})
        folder = ini.data_dir() if not problems else _folder(found)
    else:
        problems = files.understood(values)
        found, markers = dict(values), {}
        folder = Path(found.get("DATA_DIR") or "var").resolve()
    found["DATA_DIR"] = str(folder)
    problems += [problem for problem in [_why_not_here(folder)] if problem]
    written = {name: found[name].strip() for name in names.SETTINGS if name in found}
    problems += channels.read(
        {name: value for name, value in written.items() if name not in _CHECKED_ELSEWHERE},
        installation.ini_path().parent,
    )[1]
    problems += _why_no_markers(markers, written.get("ERP") or "ecount")
    if not written.get("ERP_URL") and written.get("ERP", "ecount") != "ecount":
        problems.append(
            message(
                "ERP={name} needs ERP_URL: without one the embedded demo runs, which is an ecount",
                name=repr(written["ERP"]),
            )
        )
    if written.get("ERP_URL"):
        needed = ("ERP_COMPANY", "ERP_USER", "ERP_PASSWORD_FILE")
        problems += [channels.unset(name, because="ERP_URL") for name in needed if not written.get(name)]
    if written.get("ERP", "") not in {"", *erp_class.KNOWN}:
        try:
            erp_class.load(written["ERP"])
        except SettingsError as error:
            problems.append(said_by(error))
    try:
        settings = _grouped(written, markers)
    except ValidationError as error:
        for one in error.errors():
            name = str(one["loc"][-1])
            ours = one.get("ctx", {}).get("error")
            why = said_by(ours) if ours is not None else foreign(one["msg"].lower())
            shown = re.sub(r"//.*@", "//***@", str(one["input"]))
            problems.append(message("{setting}={value}: {why}", setting=name, value=repr(shown), why=why))
        return None, problems
    problems += _why_not_together(settings)
    if settings.erp.proxy is not None:
        try:
            settings.erp.proxy.login()
        except SettingsError as error:
            problems.append(said_by(error))
    if not settings.demo and settings.erp.password_file:
        try:
            settings.erp.password()
        except SettingsError as error:
            problems.append(said_by(error))
    return settings, problems


def _grouped(written: Mapping[str, str], markers: Mapping[str, str]) -> Settings:
    """Return the settings, by what the files say; in demo mode with what counts there. Raises ValidationError."""
    values: dict[str, object] = {
        name: {one: written[one] for one in group.names() if one in written} for name, group in GROUPS.items()
    }
    values |= {name: written[name] for name in ("DATA_DIR", "REPORT_LANGUAGE") if name in written}
    found = Settings.model_validate({**values, "channels": channels.read(written, installation.ini_path().parent)[0]})
    erp = found.erp.model_copy(update={"markers": markers})
    if not erp.demo:
        return found.model_copy(update={"erp": erp})
    schedule = found.schedule.model_copy(update={"demo": True})
    return found.model_copy(update={"erp": erp.of_demo(), "posting": found.posting.of_demo(), "schedule": schedule})


def _folder(found: Mapping[str, str]) -> Path:
    return (installation.ini_path().parent.resolve() / Path(found.get("DATA_DIR") or "var").expanduser()).resolve()


def _why_not_together(settings: Settings) -> list[str]:
    """Say which settings, each right by itself, can't stand beside each other."""
    problems: list[str] = never_due.why(settings.schedule)
    erp, port = settings.erp, settings.page.console_port
    if erp.proxy_login_file and not erp.proxy_url:
        problems.append(message("PROXY_URL must be set, because PROXY_LOGIN_FILE is"))
    if port is not None and erp.demo and port in (erp.demo_port, erp.demo_control_port):
        problems.append(message("CONSOLE_PORT={port} is the demo ERP's port, too: write another one", port=str(port)))
    if settings.page.console_url and port is None:
        problems.append(
            message(
                "CONSOLE_URL is set, but CONSOLE_PORT is empty and so there is no page to link to: write a port, such "
                "as CONSOLE_PORT = 8810, or take CONSOLE_URL out"
            )
        )
    parts = urlsplit(erp.url)
    if parts.username is not None or parts.password is not None:
        problems.append(
            message("ERP_URL holds a user or a password: write the address alone, and use ERP_USER, ERP_PASSWORD_FILE")
        )
    if parts.scheme == "http" and settings.posting.posts and parts.hostname not in LOOPBACK:
        problems.append(
            message(
                "ERP_URL begins with http://, so anybody on the way could read the password and change a deposit; "
                "write https://"
            )
        )
    return problems


def _why_no_markers(values: Mapping[str, str], erp: str) -> list[str]:
    """Say what is wrong with the section [markers]."""
    if not values:
        return []
    if erp != "ecount":
        return [message("[markers] is for ERP = ecount, not for {erp}: take the section out", erp=erp)]
    read = erp_class.load(erp).read_markers  # type: ignore[attr-defined]
    return list(read(values)[1])
