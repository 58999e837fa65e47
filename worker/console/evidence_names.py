"""What a piece of evidence is called: its file's name says it to the machine's keeper, not to the office."""

import re

from worker.i18n.language import Language
from worker.i18n.words import Words

#: By the file's name, with its number where there may be several in one cycle.
_NAMES = (
    (re.compile(r"upload-(\d+)\.png"), Words("The screen after the save")),
    (re.compile(r"upload-(\d+)\.html"), Words("The screen after the save, as text")),
    (re.compile(r"entering-(\d+)\.png"), Words("The screen while it was entered")),
    (re.compile(r"entering-(\d+)\.html"), Words("The screen while it was entered, as text")),
    (re.compile(r"failure()\.png"), Words("The screen when it failed")),
    (re.compile(r"failure()\.html"), Words("The screen when it failed, as text")),
    (re.compile(r"batch-\d+()-plan\.json"), Words("What was to be posted")),
    (re.compile(r"batch-\d+-payload(\d*)\.txt"), Words("What was sent")),
    (re.compile(r"mending-\d+()-payload\.txt"), Words("What was sent, rows that could be sent again")),
)


def caption(name: str, language: Language) -> str:
    """Return what a file of evidence is called; one that nobody named, by its own name."""
    for pattern, text in _NAMES:
        if found := pattern.fullmatch(name):
            said = text(language)
            return f"{said} {found[1]}" if found[1] not in ("", "1") else said
    return name
