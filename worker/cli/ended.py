"""What `daybreak once` says of the cycle that it had run: what was found and done, and why something was kept back."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.browser.launch import Evidence
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.posting.payment_lines import with_state

FIGURES = Words(
    "{listed} listed, {new} of them new; {posted} posted, {not_sent} not sent, {held} held, {in_doubt} in doubt, "
    "{rejected} refused; {waiting} wait."
)
NOT_SENT = Words("Not sent: {why}.")
MORE = Words("… and {count} more posted")
EVIDENCE = Words("Evidence: {folder}")

#: Maximum posted payments that are named.
MOST = 20

#: The figures that are shown; one that a failed cycle did not come to is 0, but for those that wait.
NAMES = ("listed", "new", "posted", "not_sent", "held", "in_doubt", "rejected", "waiting")


def refused(ledger: Ledger) -> int:
    """Return how many deposits of the newest cycle the ERP refused, for a person to decide."""
    newest = ledger.last_cycles(1)
    figures = newest[0]["figures"] if newest and newest[0]["ended"] else {}
    return int(figures.get("rejected", 0)) if isinstance(figures, dict) else 0


def lines(ledger: Ledger, *, data: Path, zone: ZoneInfo, language: Language) -> Iterator[str]:
    """Yield what there is to say of the newest cycle of a ledger, beyond how it ended."""
    newest = ledger.last_cycles(1)
    if not newest or not newest[0]["ended"]:
        return
    cycle = newest[0]
    found = cycle["figures"] if isinstance(cycle["figures"], dict) else {}
    if found.get("listed"):
        figures = {name: found.get(name, 0) for name in NAMES}
        if cycle["outcome"] != "ran" and not figures["waiting"]:  # they are counted at a cycle's end
            figures["waiting"] = ledger.counts().get(State.SEEN, 0)
        yield FIGURES(language, **figures)
    posted = ledger.posted_in(int(str(cycle["id"])))
    yield from (with_state(entry, language) for entry in posted[:MOST])
    if len(posted) > MOST:
        yield MORE(language, count=len(posted) - MOST)
    if found.get("not_sent") and (last := ledger.last_batch()) is not None:
        yield NOT_SENT(language, why=reasons.say(last.answer, language))
    started = datetime.fromisoformat(str(cycle["started"])).astimezone(zone)
    folder = Evidence(data, now=started, name=f"cycle-{cycle['id']}").folder
    if folder.exists():
        yield EVIDENCE(language, folder=folder)
