"""What waits for a person, in one sentence a kind."""

from collections.abc import Mapping

from worker.i18n.language import Language
from worker.i18n.words import Words

#: By the state of the ledger; `odd` are rows that no rule covers.
SENTENCES = {
    "held": Words("{count} held: decide each with `daybreak resolve`"),
    "in_doubt": Words("{count} in doubt: looked up in the ERP where that is possible, else `daybreak resolve`"),
    "rejected": Words("{count} refused by the ERP: see `daybreak resolve`"),
    "odd": Words("{count} rows that no rule covers: see `daybreak resolve`"),
}

#: Alarms that tell the same.
CAUSES = frozenset({"held", "in doubt", "rejected", "odd row"})


def sentences(waiting: Mapping[str, int], odd: int, language: Language) -> list[str]:
    """Return a sentence for each kind of which there is one or more. `waiting`: {state: count}."""
    counts = {**waiting, "odd": odd}
    return [text(language, count=counts[kind]) for kind, text in SENTENCES.items() if counts.get(kind)]
