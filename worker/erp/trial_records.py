"""What came of the last sign-in test and the last probe, kept in the data folder: facts, whoever asked for them."""

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from worker.browser.launch import Evidence
from worker.config.settings import Settings
from worker.erp.findings import Finding, FindingVerdict
from worker.i18n import loaded, stored
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.files import read_json, write_private

log = logging.getLogger(__name__)

#: In the data folder, and in the folder of a probe's pictures.
NAME, FINDINGS = "trials.json", "findings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecord:
    """One trial that has ended."""

    at: datetime
    is_well: bool
    #: Why it did not end well, a message; "" where its lines or its findings say it.
    why: str
    #: What it said, in the language of the settings.
    lines: tuple[str, ...]
    #: Its pictures and pages; None: it made none.
    folder: Path | None
    #: True where the ERP's package can't do it at all.
    has_none: bool
    #: What it was about: the account, for a probe the marks as well.
    subject: str


def keep(settings: Settings, what: CommandKind, told: CommandResult, *, why: str) -> None:
    """Remember what came of a trial; a disk that takes no write costs the record, not the trial."""
    name = CommandKind.PROBE if what is CommandKind.LEARN else what
    record = {
        "at": settings.now().isoformat(timespec="seconds"),
        "is_well": told.is_well,
        "why": stored(why),
        "lines": list(told.lines),
        "folder": str(told.folder.relative_to(settings.data_dir)) if told.folder else "",
        "has_none": told.has_none,
        "subject": subject(settings, name),
    }
    known: dict[str, object] = read_json(settings.data_dir / NAME, dict, {})
    with suppress(OSError):
        write_private(settings.data_dir / NAME, json.dumps({**known, str(name): record}, ensure_ascii=False, indent=1))


def keep_findings(papers: Evidence, found: Sequence[Finding]) -> None:
    """Keep what a probe found beside its pictures; a disk that takes none costs the file."""
    try:
        values = [{**asdict(one), "note": stored(one.note)} for one in found]
        papers.text(FINDINGS, json.dumps(values, ensure_ascii=False, indent=1))
    except OSError as error:
        log.warning("the findings are not kept: %s", error)


def read(settings: Settings, what: CommandKind) -> TrialRecord | None:
    """Return the last trial of this kind if it was about the account, marks and password as they are now."""

    def made(values: Any) -> TrialRecord | None:
        one = values.get(str(what))
        if one is None or one["subject"] != subject(settings, what):
            return None
        return TrialRecord(
            at=datetime.fromisoformat(one["at"]),
            is_well=bool(one["is_well"]),
            why=loaded(str(one["why"])),
            lines=tuple(str(line) for line in one["lines"]),
            folder=settings.data_dir / str(one["folder"]) if one["folder"] else None,
            has_none=bool(one["has_none"]),
            subject=str(one["subject"]),
        )

    return read_json(settings.data_dir / NAME, made, None)


def findings(folder: Path | None) -> tuple[Finding, ...]:
    """Return what a probe found, while its pictures are kept."""
    if folder is None:
        return ()

    def made(values: Any) -> tuple[Finding, ...]:
        return tuple(
            Finding(**{**one, "verdict": FindingVerdict(one["verdict"]), "note": loaded(str(one["note"]))})
            for one in values
        )

    return read_json(folder / FINDINGS, made, ())


def subject(settings: Settings, what: CommandKind) -> str:
    """Return what a trial is about, as a text that tells nothing of a secret."""
    erp = settings.erp
    parts = [erp.name, erp.account]
    if what is CommandKind.PROBE:
        parts += [f"{name}={text}" for name, text in sorted(erp.markers.items())]
        parts += [str(settings.posting.can_look_up), *sorted(erp.hosts)]
    else:
        parts.append(erp.secret_version())
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]
