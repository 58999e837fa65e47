"""Moves the books to another machine: packs them, seals this side, and unpacks them on the other one."""

import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from worker.errors import DaybreakError, LedgerError
from worker.i18n import message
from worker.ledger.adopted import LedgerOwner
from worker.ledger.copies import digest_of, verify
from worker.ledger.ledger import Ledger
from worker.ledger.notes import MOVED_FROM, SEALED
from worker.ledger.seal import SEAL, read_seal, write_seal
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3
from worker.runtime.files import put
from worker.version import version

#: The archive's own list: what it holds, with a digest each.
MANIFEST = "manifest.json"

#: What is packed beside the ledger, where it is there: the last generation, and the days closed or opened by hand.
_FILES = ("generation", "days.json")

#: A setting with a name like these is a secret or leads to one; the path of a file that holds one is none.
_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PING_URL|PING_GUARDS_URL|APPRISE_URLS(?!_FILE)", re.IGNORECASE)

#: Where an operator's settings lie, from circus.ini's folder.
LOCAL = Path("var") / "local.ini"


class NotMoved(DaybreakError):
    """The books can't be moved, or not unpacked here. The text says why, and that nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was packed or unpacked."""

    path: Path
    payments: int
    evidence: int
    #: Settings that were left out, or the files of secrets that have to be put there by hand.
    secrets: tuple[str, ...]
    #: Where the settings went, or None.
    settings: Path | None = None


# --- leaving -------------------------------------------------------------------------------------------------------


def move(
    data: Path,
    project: Path,
    target: Path,
    *,
    owner: LedgerOwner,
    by: str,
    at: datetime,
    although_in_doubt: bool = False,
) -> Moved:
    """Pack the books into an archive and seal this side. Call it while holding the worker's lock.

    First the archive is whole and proved, then this side is sealed, then the archive gets its name: whenever that is
    interrupted, at most one side may post. One that was interrupted may be done again. Raises NotMoved or LedgerError.
    """
    if target.exists():
        raise NotMoved(message("moving to {path}: that file is there already. Nothing was changed", path=str(target)))
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    scratch = data / f".moving.{os.getpid()}"
    try:
        scratch.mkdir(mode=0o700)
        if (seal := read_seal(data)) is not None and seal.get("done"):
            raise NotMoved(
                message(
                    "moving: these books were packed already, on {at} into {path}, and may go on in one place only. If "
                    "that archive is lost and was unpacked nowhere: daybreak move --undo. Nothing was changed",
                    at=seal.get("at", "?"),
                    path=seal.get("to", "?"),
                )
            )
        with Ledger(data, create=False) as ledger:
            doubtful = ledger.in_state(State.IN_DOUBT, State.SENT)
            if doubtful and not although_in_doubt:
                raise NotMoved(
                    message(
                        "moving: {count} payments are in doubt. Let a cycle look them up, or settle them with "
                        "daybreak resolve; to move them as they are: --although-in-doubt. Nothing was changed",
                        count=len(doubtful),
                    )
                )
            ledger.back_up(scratch / "ledger.db")
            payments = _as_moved(scratch / "ledger.db", owner.machine)
            secrets = _settings_without_secrets(project / LOCAL, scratch / "local.ini")
            members = dict(_members(data, scratch))
            _write(draft, members, {"whom": _plain(owner), "by": by, "at": at.isoformat(), "version": version()})
            _read_back(draft)
            if not ledger.sealed():
                ledger.seal(by=by, to=target.name, at=at)
        put(draft, target)
        write_seal(data, {**(read_seal(data) or {}), "done": "yes"})
    except OSError as error:
        raise NotMoved(
            message("moving to {path}: {error}. {what}", path=str(target), error=str(error), what=_state(data))
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        draft.unlink(missing_ok=True)
    evidence = sum(name.startswith("evidence/") for name in members)
    return Moved(path=target, payments=payments, evidence=evidence, secrets=secrets)


def _state(data: Path) -> str:
    if read_seal(data) is None:
        return message("Nothing was changed")
    return message("This side is sealed; try again, or call it off: daybreak move --undo")


def _as_moved(path: Path, machine: str) -> int:
    """Make a copy of the ledger the one that goes on elsewhere; return how many payments it holds."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("DELETE FROM meta WHERE key = ?", (SEALED,))
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (MOVED_FROM, machine))
        return int(db.execute("SELECT COUNT(*) FROM payment").fetchone()[0])
    finally:
        db.close()


def _settings_without_secrets(path: Path, target: Path) -> tuple[str, ...]:
    """Write the operator's settings without their secrets; return the names of what was left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    kept, left = [], []
    for line in lines:
        name, is_set, value = line.partition("=")
        named = name.strip()
        is_secret = bool(_SECRET.search(named)) and not named.endswith("_FILE")
        if is_set and not named.startswith(("#", ";")) and value.strip() and (is_secret or "@" in _login(value)):
            left.append(named)
            kept.append(f"# {named} was a secret and was not packed: set it again.")
        else:
            kept.append(line)
    target.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return tuple(left)


def _login(value: str) -> str:
    """Return the part of an address that may hold a user and a password, or an empty text."""
    found = re.match(r"\s*\w+://([^/\s]*)", value)
    return found[1] if found else ""


def _members(data: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Yield everything that is packed: name in the archive, and where it lies."""
    for name in ("ledger.db", "local.ini"):
        if (scratch / name).exists():
            yield name, scratch / name
    for name in _FILES:
        if (data / name).is_file():
            yield name, data / name
    for path in sorted((data / "evidence").rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(data).as_posix(), path


def _write(target: Path, members: dict[str, Path], facts: dict[str, object]) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    digests = {name: digest_of(path) for name, path in members.items()}
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
        text = json.dumps({**facts, "members": digests}, ensure_ascii=False, indent=1).encode("utf-8")
        manifest = tarfile.TarInfo(MANIFEST)
        manifest.size, manifest.mode = len(text), 0o600
        archive.addfile(manifest, io.BytesIO(text))
        for name, path in members.items():
            archive.add(path, name, recursive=False)


def _plain(owner: LedgerOwner) -> dict[str, str]:
    return {"company": owner.company, "origin": owner.origin, "machine": owner.machine, "mode": owner.mode}


# --- arriving ------------------------------------------------------------------------------------------------------


def unpack(archive: Path, data: Path, project: Path, *, owner: LedgerOwner | None) -> Moved:
    """Unpack books that came from another machine, if none are kept here. Raises NotMoved: then nothing was changed.

    `whom`: whose books the settings here are for, or None while there are none.
    """
    _demand_room(archive, data)
    scratch = data / f".arriving.{os.getpid()}"
    try:
        data.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(mode=0o700)
        manifest = _extract(archive, scratch)
        _demand_ours(archive, manifest, scratch, owner if (project / LOCAL).exists() else None)
        payments = _payments(archive, scratch / "ledger.db")
        settings, secrets = _put_settings(scratch / "local.ini", project / LOCAL)
        evidence = _put_files(scratch, data)
        (scratch / "ledger.db").replace(data / "ledger.db")  # the last: before it, no books are kept here
    except OSError as error:
        raise NotMoved(
            message("unpacking {path}: {error}. No books are kept here; try again", path=str(archive), error=str(error))
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Moved(path=archive, payments=payments, evidence=evidence, secrets=secrets, settings=settings)


def _demand_room(archive: Path, data: Path) -> None:
    if not archive.is_file():
        raise NotMoved(message("unpacking {path}: there is no such file. Nothing was changed", path=str(archive)))
    kept = next((name for name in ("ledger.db", SEAL) if (data / name).exists()), None)
    if kept is not None:
        raise NotMoved(
            message(
                "unpacking {path}: books are kept in {folder} already ({name}). Move them away first, or use another "
                "folder. Nothing was changed",
                path=str(archive),
                folder=str(data),
                name=kept,
            )
        )


def _extract(archive: Path, scratch: Path) -> dict[str, object]:
    """Unpack an archive of ours into a folder and prove every file of it; return its manifest."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            for member in packed:
                if not member.isfile() or not _is_ours(member.name):
                    raise NotMoved(
                        message(
                            "unpacking {path}: it holds {name}, which daybreak did not pack",
                            path=str(archive),
                            name=repr(member.name),
                        )
                    )
                place = scratch / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                content = packed.extractfile(member)
                assert content is not None, "it is a file"
                with content, place.open("xb") as file:
                    shutil.copyfileobj(content, file)
                place.chmod(0o600)
        manifest: dict[str, object] = json.loads((scratch / MANIFEST).read_text(encoding="utf-8"))
        digests = manifest["members"]
        if not isinstance(digests, dict) or "ledger.db" not in digests:
            raise NotMoved(
                message("unpacking {path}: it is no archive of daybreak move. Nothing was changed", path=str(archive))
            )
        for name, digest in digests.items():
            if not _is_ours(name) or digest_of(scratch / name) != digest:
                raise NotMoved(
                    message(
                        "unpacking {path}: {name} is not what was packed. Nothing was changed",
                        path=str(archive),
                        name=name,
                    )
                )
    except (tarfile.TarError, EOFError, ValueError, KeyError, FileNotFoundError, OSError) as error:
        raise NotMoved(
            message(
                "unpacking {path}: it is damaged, cut off or no archive of daybreak move ({error}). Nothing was "
                "changed",
                path=str(archive),
                error=str(error),
            )
        ) from error
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return name in (MANIFEST, "ledger.db", "local.ini", *_FILES) or path.parts[0] == "evidence"


def _demand_ours(archive: Path, manifest: dict[str, object], scratch: Path, owner: LedgerOwner | None) -> None:
    """Refuse a newer version's ledger, and another company's where settings say which one is kept here."""
    db = sqlite3.connect(scratch / "ledger.db")
    try:
        verify(db)
    except sqlite3.Error as error:
        raise NotMoved(
            message("unpacking {path}: its ledger: {error}. Nothing was changed", path=str(archive), error=str(error))
        ) from error
    finally:
        db.close()
    theirs = manifest.get("whom")
    if owner is None or not isinstance(theirs, dict):
        return
    for name, what in (("company", message("company")), ("origin", message("the ERP at"))):
        if theirs.get(name) != getattr(owner, name):
            raise NotMoved(
                message(
                    "unpacking {path}: it holds the books of {what} {theirs}, the settings here are for {ours}. "
                    "Nothing was changed",
                    path=str(archive),
                    what=what,
                    theirs=repr(theirs.get(name)),
                    ours=repr(getattr(owner, name)),
                )
            )


def _payments(archive: Path, ledger: Path) -> int:
    db = sqlite3.connect(ledger)
    try:
        return int(db.execute("SELECT COUNT(*) FROM payment").fetchone()[0])
    except sqlite3.Error as error:
        raise LedgerError(
            message("unpacking {path}: {error}. Nothing was changed", path=str(archive), error=str(error))
        ) from error
    finally:
        db.close()


def _put_settings(packed: Path, target: Path) -> tuple[Path | None, tuple[str, ...]]:
    """Put the settings in place, beside those that are there; return where, and what has to be set by hand."""
    if not packed.exists():
        return None, ()
    text = packed.read_text(encoding="utf-8")
    files = re.findall(r"^\s*(\w+_FILE)\s*=\s*(\S.*)$", text, re.MULTILINE)
    left = re.findall(r"^# (\w+) was a secret and was not packed", text, re.MULTILINE)
    place = target if not target.exists() else target.with_name("local.ini.moved")
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(packed, place)
    return place, (*(f"{name} = {value.strip()}" for name, value in files), *left)


def _put_files(scratch: Path, data: Path) -> int:
    """Put everything but the ledger in place; return how many files of evidence there are."""
    for name in _FILES:
        if (scratch / name).exists():
            (scratch / name).replace(data / name)
    evidence = 0
    for path in sorted((scratch / "evidence").rglob("*")):
        if path.is_file():
            place = data / path.relative_to(scratch)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
            evidence += 1
    return evidence


def _read_back(archive: Path) -> None:
    """Prove that an archive holds what its manifest says."""
    scratch = archive.with_name(f"{archive.name}.proof")
    try:
        scratch.mkdir(mode=0o700)
        _extract(archive, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
