"""Rules taken out, one at a time, of a copy of the code: the month must notice each."""

from collections.abc import Mapping
from pathlib import Path

from tests.mutants import copy_project

#: Name → {file: ((text, replacement), …)}.
MUTANTS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "holds everything": {
        "worker/cycle.py": (
            (
                "        if payment.kind is Kind.APPROVAL:\n            if Kind.APPROVAL in by_hand",
                "        if payment.kind is Kind.APPROVAL:\n            self._hold(payment, 'all')\n"
                "        elif payment.kind is Kind.APPROVAL:\n            if Kind.APPROVAL in by_hand",
            ),
        ),
    },
}


def changed(name: str, project: Path) -> dict[str, str]:
    """Return {file: its text without this rule}. Raises ValueError where the code is another by now."""
    found = {}
    for file, changes in MUTANTS[name].items():
        text = (project / file).read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) != 1:
                raise ValueError(f"mutant {name!r}: {file} holds {old!r} {text.count(old)} times")
            text = text.replace(old, new)
        found[file] = text
    return found


def copy(name: str, folder: Path) -> Path:
    """Copy the project without this rule; return the folder."""
    folder.mkdir(parents=True)
    copy_project(folder)
    for file, text in changed(name, folder).items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder
