"""The words of the status page, in English and Korean."""

from worker.i18n.words import Words
from worker.runtime.heartbeat import Phase

PHASES = {
    Phase.STARTING: Words("Starting"),
    Phase.WAITING: Words("Waiting for the next cycle"),
    Phase.WAITING_FOR_ERP: Words("Waiting to try the ERP again: the last cycle failed"),
    Phase.SIGNING_IN: Words("Signing in to the ERP"),
    Phase.READING: Words("Reading the card payments"),
    Phase.PLANNING: Words("Deciding what to post"),
    Phase.UPLOADING: Words("Entering the deposits"),
    Phase.SAVING: Words("Saving, waiting for the ERP's answer"),
    Phase.SETTLING: Words("Looking the deposits up in the ERP"),
    Phase.CLOSING: Words("Closing the browser"),
    Phase.STOPPING: Words("Stopping"),
}

STATES = {
    "ran": Words("ran"),
    "failed": Words("failed"),
    "missed": Words("missed"),
    "skipped": Words("skipped"),
    "open": Words("due now"),
    "due": Words("to come"),
    "planned": Words("planned maintenance of the ERP"),
}

#: What the worker does meanwhile.
MAINTENANCE = Words("Waiting: planned maintenance of the ERP until {until}")

OUTCOMES = {
    "posted": Words("all posted"),
    "not sent": Words("not sent"),
    "in_doubt": Words("in doubt"),
    "in_doubt, posted": Words("partly in doubt"),
    "rejected": Words("refused by the ERP"),
    "posted, rejected": Words("partly refused by the ERP"),
    "recovered": Words("interrupted, and recovered"),
}

#: How a cycle ended; the empty text: not yet.
CYCLE_OUTCOMES = {
    "ran": Words("ran"),
    "failed": Words("failed"),
    "stopped": Words("stopped early"),
    "": Words("under way"),
}

#: What waits for a person.
MARKS = {
    "held": Words("held"),
    "in_doubt": Words("in doubt"),
    "rejected": Words("refused by the ERP"),
    "odd": Words("odd"),
}
WAITING_ROW = Words("{at} {payer}, ₩{won} {numbers}")

ROWS = Words("{rows} deposits, ₩{won}")
DEPOSITS = Words("{count} deposits, ₩{won}")
CYCLES = Words("{cancellations} of them cancellations · cycles: {success} ran, {failure} failed")

#: Days, hours, minutes, seconds, and what comes after a time to come.
UNITS = (
    Words(" d"),
    Words(" h"),
    Words(" min"),
    Words(" s"),
    Words("in {}"),
    Words("for {}"),
)

WORDS = {
    "title": Words("daybreak: card payments"),
    "now": Words("Now"),
    "next_cycle": Words("Next cycle"),
    "last_batch": Words("Last batch"),
    "today": Words("Today"),
    "needs": Words("Needs a person"),
    "waits_since": Words("waits since {since}"),
    "days_left": Words("{count} more days in the ERP's list"),
    "more": Words("… and {count} more: daybreak resolve"),
    "nothing": Words("Nothing. All is decided."),
    "timeline": Words("Today's cycles"),
    "none_yet": Words("none yet"),
    "under_way": Words("under way"),
    "since": Words("since"),
    "written": Words("Written at"),
    "valid_until": Words("valid until"),
    "stale": Words("No news"),
    "stale_why": Words(
        "Nobody has renewed this page in time: the system or this computer's view of it stands still. What is shown "
        "below is old. Look with: daybreak status"
    ),
    "no_script": Words(
        "Without JavaScript this page can't turn red by itself. If it is later than the time it is valid until, "
        "nothing here counts."
    ),
}
