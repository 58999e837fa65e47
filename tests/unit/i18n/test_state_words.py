"""A state has one name in Korean: the glossary's, wherever the catalogue names it."""

import re

import pytest

from tests.rig import PROJECT
from tests.tools.catalogue import catalogues, read

#: The names of each state in the catalogue, by the glossary's term.
NAMES = {
    "held": ("held", "Held"),
    "in doubt": ("in doubt", "In doubt"),
    "rejected": ("rejected", "refused by the ERP", "Refused by the ERP"),
    "odd row": ("odd", "Rows no rule covers"),
}

#: Texts that count rows of a state, by its term.
COUNTS = {
    "held": ("{count} held: decide each with `daybreak resolve`",),
    "in doubt": ("{count} in doubt: looked up in the ERP where that is possible, else `daybreak resolve`",),
    "rejected": ("{count} refused by the ERP: see `daybreak resolve`",),
    "odd row": ("{count} rows that no rule covers: see `daybreak resolve`",),
}

#: Other words for a state, or for the ledger.
OTHERS = re.compile(
    "저장 여부|입금 여부|해석 불가|해석할 수 없|규칙에 맞지|확인 필요 {|확인 필요 [0-9]|일부 확인 필요|원장"
)

#: Titles of alarms: a sentence that tells what the state means.
TITLES = {"It is not certain whether deposits were stored", "Rows of the payment list can't be understood"}


def korean() -> dict[str, str]:
    """Return the Korean of every text by its English."""
    return {str(entry.id): str(entry.string) for path in catalogues() for entry in read(path) if entry.id}


def glossary() -> dict[str, str]:
    """Return the glossary's Korean by its English term."""
    lines = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {row[0]: row[-1] for row in rows}


@pytest.mark.parametrize("term", NAMES)
def test_a_state_is_called_as_in_the_glossary(term: str) -> None:
    word, texts = glossary()[term], korean()

    assert {name: texts[name] for name in NAMES[term]} == dict.fromkeys(NAMES[term], word)
    assert [name for name in COUNTS[term] if not texts[name].startswith(f"{word} {{count}}건")] == []


def test_no_other_word_for_a_state_stands_in_the_catalogue() -> None:
    assert {id: text for id, text in korean().items() if id not in TITLES and OTHERS.search(text)} == {}
