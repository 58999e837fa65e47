"""What a probe found of the marks of an ERP's screens, and how it is printed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from worker.i18n import Message, message, reasons
from worker.i18n.language import Language
from worker.i18n.words import Words

#: How the marks of the deposit list's columns are named: with them deposits can be looked up.
DEPOSIT_COLUMN = "deposit_column_"


class FindingVerdict(StrEnum):
    """What became of one mark."""

    FOUND = "found"
    MISSING = "missing"  # the work can't be done without it
    LACKS = "lacks"  # it is not there, and the work goes on without
    NOT_NOW = "not now"  # it shows only at times


SIGNS = {FindingVerdict.FOUND: "✓", FindingVerdict.MISSING: "✗", FindingVerdict.LACKS: "!", FindingVerdict.NOT_NOW: "·"}

WORDS = {
    FindingVerdict.FOUND: Words("found"),
    FindingVerdict.MISSING: Words("MISSING"),
    FindingVerdict.LACKS: Words("not there; daybreak goes on without it"),
    FindingVerdict.NOT_NOW: Words("not shown now; it shows only at times"),
}
ASSUMED = Words("assumed")
PICTURE = Words("picture: {file}")
SUM = Words("{count} marks: {found} found, {missing} missing, {lacks} that may lack, {not_now} not shown now.")
NOTHING = Words("Nothing was entered and nothing was saved: every save is kept back.")
STOPPED = Words("Requests that were stopped: {names}.")
MEND = Words(
    "For each mark that is MISSING: look at its screen's picture and at the page beside it (.html), find what the ERP "
    "calls it now, and write that into var/local.ini under [markers], in the form in which it stands above. Now it is "
    "{example}. If the worker runs: circusctl restart worker. Then probe again."
)
NO_MARK = Words(
    "What is MISSING has no mark to set. Look at its screen's picture: is that what you see there? If so, send the "
    "page beside it (.html) to the person who looks after daybreak."
)
IS_ASSUMED = Words("({assumed}): this mark is not confirmed on the real ERP yet; found here, it is right.")
WELL = Words("Every screen is the one daybreak knows.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mark on one screen."""

    #: Where it was looked for, as people call it.
    screen: str
    name: str
    #: As it is written in local.ini.
    value: str
    verdict: FindingVerdict
    #: What else there is to say: how many elements match, what stands there instead.
    note: str = ""
    is_assumed: bool = False
    #: The picture of the screen, without its ending.
    picture: str = ""


def printed(
    found: Sequence[Finding],
    *,
    folder: Path,
    stopped: Sequence[str],
    language: Language,
    refused: Mapping[str, Collection[str]] | None = None,
) -> Iterator[str]:
    """Yield the lines, screen by screen, and what they come to. `refused`: see `of_hosts`."""
    screen = ""
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        if one.screen != screen:
            screen = one.screen
            yield f"{screen}  ({PICTURE(language, file=folder / f'{one.picture}.png')})"
        words = "" if one.verdict is FindingVerdict.FOUND else f"  {WORDS[one.verdict](language)}"
        note = f"  {reasons.say(one.note, language)}" if one.note else ""
        assumed = f" ({ASSUMED(language)})" if one.is_assumed else ""
        yield f"  {SIGNS[one.verdict]} {one.name:<{width}}  {one.value}{assumed}{words}{note}"
    counts = Counter(one.verdict for one in found)
    yield ""
    yield SUM(
        language, count=len(found), found=counts[FindingVerdict.FOUND], missing=counts[FindingVerdict.MISSING],
        lacks=counts[FindingVerdict.LACKS], not_now=counts[FindingVerdict.NOT_NOW],
    )  # fmt: skip
    if any(one.is_assumed for one in found):
        yield IS_ASSUMED(language, assumed=ASSUMED(language))
    if stopped:
        yield STOPPED(language, names=", ".join(stopped))
    yield from (one.text(language) for one in of_hosts(refused or {}))
    yield NOTHING(language)
    missing = [one for one in found if one.verdict is FindingVerdict.MISSING]
    marks = [one for one in missing if one.value]
    if marks:
        yield MEND(language, example=f"{marks[0].name} = {marks[0].value}")
    elif missing:
        yield NO_MARK(language)
    else:
        yield WELL(language)


def of_hosts(refused: Mapping[str, Collection[str]]) -> Iterator[Message]:
    """Yield what there is to say of refused hosts; `refused`: {host: what a page may need of it}, nothing for company.

    A host that is refused must never silently break a screen.
    """
    if not refused:
        return
    shown = (f"{host} ({', '.join(kinds)})" if kinds else host for host, kinds in refused.items())
    yield message(
        "Hosts that were asked for and refused, because they are not the ERP's: {hosts}.", hosts=", ".join(shown)
    )
    if needed := [host for host, kinds in refused.items() if kinds]:
        yield message(
            "The pages may not work without {hosts}. If that is the ERP's: daybreak probe --learn, or in var/local.ini "
            "under [env:worker] ERP_HOSTS = {same}.",
            hosts=", ".join(needed),
            same=", ".join(needed),
        )
