"""Answers "was it posted?" from the ledger, read-only, while the worker runs: for `daybreak find`."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.search import Archive, Hit, OddRow
from worker.ledger.search_terms import meanings
from worker.payments.text import visible
from worker.reports import answer

#: With more payments than this, the answers alone are shown.
WITH_HISTORY = 5

_NOTHING = Words("No: no payment with “{text}” was ever seen in the ERP's list. {known}")
_KNOWN = Words("The ledger begins at {begins}; the last complete reading was at {last}.")
_NEVER_READ = Words("No list has been read yet.")
_MANY = Words("{total} payments match “{text}”{shown}:")
_SHOWN = Words(", the newest {count} are")
_MORE = Words("All that happened to one of them: daybreak find '#KEY'. More of them: --most N")
_EVIDENCE = Words("evidence: {folder}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the ledger knows of a text."""

    text: str
    total: int
    hits: tuple[Hit, ...]
    odd: tuple[OddRow, ...]
    #: {batch: its folder}, where it is still kept.
    evidence: dict[int, Path]
    why_no_posting: str
    begins: datetime | None
    last_reading: datetime | None
    #: {key: from when on a cycle may post it}, of what a person has just released.
    not_yet: Mapping[str, datetime]

    def lines(self, zone: ZoneInfo, language: Language) -> Iterator[str]:
        """Yield the answer, then the whole history; of many payments the answers alone. No line drives a terminal."""
        for line in self._lines(zone, language):
            yield "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)

    def _lines(self, zone: ZoneInfo, language: Language) -> Iterator[str]:
        if not self.hits and not self.odd:
            yield _NOTHING(language, text=self.text, known=self._known(zone, language))
            return
        is_many = self.total > 1
        if is_many:
            shown = _SHOWN(language, count=len(self.hits)) if len(self.hits) < self.total else ""
            yield _MANY(language, total=f"{self.total:,}", text=self.text, shown=shown)
        for hit in self.hits:
            said = self._answer(hit, zone, language)
            if is_many:
                yield answer.payment_line(hit, language)
                yield f"    {said}"
            else:
                yield f"{said[:1].upper()}{said[1:]}"
                yield answer.payment_line(hit, language)
            if len(self.hits) <= WITH_HISTORY:
                yield from (f"    {line}" for line in self._history(hit, zone, language))
        if len(self.hits) > WITH_HISTORY:
            yield _MORE(language)
        yield from (answer.odd_line(one, zone=zone, language=language) for one in self.odd)

    def as_dict(self, zone: ZoneInfo, language: Language) -> dict[str, Any]:
        """Return plain values for JSON: times as ISO with offset, won below zero for a cancellation."""
        return {
            "text": self.text,
            "total": self.total,
            "payments": [self._plain(hit, zone, language) for hit in self.hits],
            "odd_rows": [
                {**asdict(one), "seen_at": _iso(one.seen_at, zone), "name": f"row-{one.id}"} for one in self.odd
            ],
            "why_no_posting": self.why_no_posting,
            "begins": _iso(self.begins, zone),
            "last_reading": _iso(self.last_reading, zone),
        }

    def _answer(self, hit: Hit, zone: ZoneInfo, language: Language) -> str:
        not_before = self.not_yet.get(hit.entry.payment.key)
        return answer.answer(
            hit, zone=zone, language=language, why_no_posting=self.why_no_posting, not_before=not_before
        )

    def _known(self, zone: ZoneInfo, language: Language) -> str:
        if self.begins is None or self.last_reading is None:
            return _NEVER_READ(language)
        begins, last = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (self.begins, self.last_reading))
        return _KNOWN(language, begins=begins, last=last)

    def _history(self, hit: Hit, zone: ZoneInfo, language: Language) -> Iterator[str]:
        yield from (answer.step_line(one, zone=zone, language=language) for one in hit.steps)
        for one in hit.batches:
            yield answer.batch_line(one, zone=zone, language=language)
            if one.id in self.evidence:
                yield _EVIDENCE(language, folder=self.evidence[one.id])

    def _plain(self, hit: Hit, zone: ZoneInfo, language: Language) -> dict[str, Any]:
        payment = hit.entry.payment
        return {
            "key": payment.key,
            "answer": self._answer(hit, zone, language),
            "posted": answer.is_posted(hit),
            "found_by": [str(one) for one in hit.fields],
            "time": payment.time.isoformat(),
            "payer": payment.payer,
            "won": payment.won,
            "kind": str(payment.kind),
            "approval_no": payment.approval_no,
            "state": str(hit.entry.state),
            "excluded": hit.entry.excluded,
            "why": hit.entry.why,
            "slip": hit.entry.slip,
            "approval_key": hit.entry.approval_key,
            "seen_at": _iso(hit.seen_at, zone),
            "posted_at": _iso(hit.posted_at, zone),
            "history": [{**asdict(one), "at": _iso(one.at, zone)} for one in hit.steps],
            "batches": [
                {
                    **asdict(one),
                    **{f"{name}_at": _iso(getattr(one, f"{name}_at"), zone) for name in _TIMES},
                    "evidence": str(self.evidence[one.id]) if one.id in self.evidence else None,
                }
                for one in hit.batches
            ],
        }


_TIMES = ("planned", "armed", "sent", "settled")


def find(archive: Archive, text: str, *, data: Path, now: datetime, most: int, why_no_posting: str = "") -> Found:
    """Return every payment that a text can mean, the newest first, at most `most` with their history.

    Raises LedgerError.
    """
    meant = meanings(text, now.date())
    total, hits = archive.matching(meant, most=most)
    sendings = {one.id: one for hit in hits for one in hit.batches}
    evidence = {number: path for number, one in sendings.items() if (path := _folder(data, one.cycle))}
    last = archive.last_cycles(1, outcome="ran")
    return Found(
        text=visible(text),
        total=total,
        hits=tuple(hits),
        odd=tuple(archive.odd_rows_with(text, meant)),
        evidence=evidence,
        why_no_posting=why_no_posting,
        begins=archive.beginning(),
        last_reading=datetime.fromisoformat(str(last[0]["started"])) if last else None,
        not_yet=archive.not_yet(now),
    )


def _folder(data: Path, cycle: int) -> Path | None:
    """Return the folder of a cycle's evidence, while it is kept."""
    return next((path for path in (data / "evidence").glob(f"*/cycle-{cycle}") if path.is_dir()), None)


def _iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="milliseconds") if at else None
