"""What `daybreak once` says of the cycle that it had run: what was found and done, and why something was kept back."""

from collections.abc import Iterator

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.operations.cycles import CycleEnd
from worker.posting.payment_lines import with_state

FIGURES = Words(
    "{listed} listed, {new} of them new; {posted} posted, {not_sent} not sent, {held} held, {in_doubt} in doubt, "
    "{rejected} refused; {waiting} wait."
)
NOT_SENT = Words("Not sent: {why}.")
MORE = Words("… and {count} more posted")
EVIDENCE = Words("Evidence: {folder}")


def lines(ended: CycleEnd, language: Language) -> Iterator[str]:
    """Yield what there is to say of a cycle, beyond how it ended."""
    if ended.figures:
        yield FIGURES(language, **ended.figures)
    yield from (with_state(entry, language) for entry in ended.posted)
    if ended.posted_count > len(ended.posted):
        yield MORE(language, count=ended.posted_count - len(ended.posted))
    if ended.why_not_sent:
        yield NOT_SENT(language, why=reasons.say(ended.why_not_sent, language))
    if ended.evidence is not None:
        yield EVIDENCE(language, folder=ended.evidence)
