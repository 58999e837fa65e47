"""What waits for a person, in one sentence a kind."""

from collections.abc import Mapping

from worker.i18n.language import Language, Words

#: By the state of the ledger; `odd` are rows that no rule covers.
SENTENCES = {
    "held": Words(
        "{count} held: decide each with `daybreak resolve`",
        "보류 {count}건: `daybreak resolve` 명령으로 건별로 결정해 주십시오",
    ),
    "in_doubt": Words(
        "{count} in doubt: looked up in the ERP where that is possible, else `daybreak resolve`",
        "입금 여부 확인 필요 {count}건: 가능하면 ERP에서 자동 대조하며, "
        "아니면 `daybreak resolve` 명령으로 처리해 주십시오",
    ),
    "rejected": Words(
        "{count} refused by the ERP: see `daybreak resolve`",
        "ERP 거부 {count}건: `daybreak resolve` 명령으로 확인해 주십시오",
    ),
    "odd": Words(
        "{count} rows that no rule covers: see `daybreak resolve`",
        "규칙에 맞지 않는 내역 {count}건: `daybreak resolve` 명령으로 확인해 주십시오",
    ),
}

#: Alarms that tell the same.
CAUSES = frozenset({"held", "in doubt", "rejected", "odd row"})


def sentences(waiting: Mapping[str, int], odd: int, language: Language) -> list[str]:
    """Return a sentence for each kind of which there is one or more. `waiting`: {state: count}."""
    counts = {**waiting, "odd": odd}
    return [text(language, count=counts[kind]) for kind, text in SENTENCES.items() if counts.get(kind)]
