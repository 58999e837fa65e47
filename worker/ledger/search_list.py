"""The ledger as a list of payments that can be filtered and turned over page by page. Changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from worker.ledger.search import Archive, Hit
from worker.ledger.search_terms import Field, Meaning
from worker.ledger.standing import CONDITIONS, OPEN, Standing
from worker.payments.payment import PaymentKind

#: Highest count, and last row at which a page may begin: a search for one payment is narrower.
MOST_COUNTED = 10_000

#: Newest payments whose card companies are on offer.
NEWEST = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What the payments of a list have in common, beside the text. None and "": anything."""

    standing: Standing | None = None
    #: Days of the payments' own time, the last one included.
    since: date | None = None
    until: date | None = None
    acquirer: str = ""
    kind: PaymentKind | None = None


#: One condition with its values.
Condition = tuple[str, Sequence[object]]


class SearchList(Archive):
    """The ledger with the questions of a list. Raises LedgerError."""

    def keys(
        self, meanings: Collection[Meaning] | None, narrowing: Narrowing, *, first: int, most: int
    ) -> tuple[int, list[str]]:
        """Return how many payments are meant, MOST_COUNTED + 1 for more, and `most` keys from `first` on, newest first.

        `meanings`: what a text can mean; None: there is no text.
        """
        also, values = _condition(narrowing)
        asked = [(f"{condition} AND {also}", [*own, *values]) for condition, own in self._asked(meanings)]
        times: dict[str, str] = {}
        total = 0
        for number, (condition, own) in enumerate(asked):
            others = "".join(f" AND NOT ({other})" for other, _ in asked[:number])
            before = [value for _, known in asked[:number] for value in known]
            if total <= MOST_COUNTED:
                row = self._row(
                    f"SELECT COUNT(*) FROM (SELECT 1 FROM payment WHERE {condition}{others} LIMIT ?)",
                    [*own, *before, MOST_COUNTED + 1 - total],
                )
                total += int(row[0]) if row is not None else 0
            # The plus: see Archive.matching. Where there is no text, the index of times is the way.
            order = "time" if meanings is None and narrowing.standing not in OPEN else "+time"
            rows = self._rows(
                f"SELECT key, time FROM payment WHERE {condition} ORDER BY {order} DESC, key DESC LIMIT ?",
                [*own, first + most],
            )
            times.update((row["key"], row["time"]) for row in rows)
        newest = sorted(times, key=lambda key: (times[key], key), reverse=True)
        return total, newest[first : first + most]

    def hits(self, keys: Sequence[str]) -> list[Hit]:
        """Return these payments with their history, in this order."""
        return [self._hit(key, []) for key in keys]

    def acquirers(self) -> list[str]:
        """Return the card companies of the newest payments, in order."""
        rows = self._rows(
            "SELECT DISTINCT acquirer FROM (SELECT acquirer FROM payment ORDER BY time DESC LIMIT ?) "
            "WHERE acquirer <> '' ORDER BY acquirer",
            (NEWEST,),
        )
        return [str(row[0]) for row in rows]

    def _asked(self, meanings: Collection[Meaning] | None) -> list[Condition]:
        if meanings is None:
            return [("1", ())]
        asked: list[Condition] = []
        for one in sorted(meanings, key=lambda one: one.field is not Field.PAYER):
            values = self._values(one)  # once: they may take half a second
            asked.extend((condition, values) for condition in self._conditions(one.field))
        return asked


def _condition(narrowing: Narrowing) -> Condition:
    parts, values = ["1"], list[object]()
    if narrowing.standing is not None:
        condition, own = CONDITIONS[narrowing.standing]
        parts.append(condition)
        values.extend(own)
    if narrowing.since is not None:
        parts.append("time >= ?")
        values.append(narrowing.since.isoformat())
    if narrowing.until is not None:
        parts.append("time < ?")
        values.append((narrowing.until + timedelta(days=1)).isoformat())
    if narrowing.acquirer:
        parts.append("acquirer = ?")
        values.append(narrowing.acquirer)
    if narrowing.kind is not None:
        parts.append("kind = ?")
        values.append(narrowing.kind)
    return " AND ".join(parts), values
