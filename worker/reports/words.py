"""The words of reports, in both languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.i18n.language import Language
from worker.i18n.words import Words

_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_KO = "월화수목금토일"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

WORDS: dict[str, Words] = {
    # titles
    "daily": Words("Daily report"),
    "summary": Words("Daily summary"),
    "weekly": Words("Weekly report"),
    "monthly": Words("Monthly report"),
    "span": Words("Report"),
    "as of": Words("as of {at}"),
    "so far": Words("so far, as of {at}"),
    "period": Words("Period"),
    "from to": Words("{since} to {until}"),
    "company": Words("Company {company}"),
    "demo": Words("demo data, no real money"),
    "shadow mode": Words("MODE = shadow: nothing is posted, only compared with what a person posts"),
    "compared": Words("Compared with what was posted by hand"),
    "test mode": Words("MODE = test: nothing is posted"),
    "no data": Words("The ledger knows nothing of this time."),
    # verdict
    "good": Words("All is well"),
    "look": Words("Needs a look"),
    "bad": Words("Needs action"),
    "verdict good": Words("Every payment is accounted for."),
    "verdict empty": Words("No payments came in."),
    "verdict waits": Words("Rows that wait for your decision: {count}."),
    "verdict twice": Words("Deposits that stand in the ERP more than once: {count}."),
    "verdict proof": Words("The accounting proof shows a difference."),
    "verdict failed": Words("Cycles failed: {failed}, missed: {missed}."),
    "verdict restarts": Words("Unplanned restarts: {count}."),
    # money
    "money": Words("Payments and deposits"),
    "seen": Words("Payments listed"),
    "posted": Words("Posted"),
    "posted all": Words("Posted in this time"),
    "excluded": Words("Excluded"),
    "excluded why": Words("Excluded, by reason"),
    "held": Words("Held"),
    "in_doubt": Words("In doubt"),
    "rejected": Words("Refused by the ERP"),
    "waiting": Words("Not sent yet"),
    "odd": Words("Rows no rule covers"),
    "of those": Words("of those, cancellations"),
    "approval no": Words(", approval {number}"),
    "won in": Words("Money in (approvals)"),
    "won out": Words("Money out (cancellations)"),
    "net": Words("Difference"),
    "in": Words("In"),
    "out": Words("Out"),
    "newly": Words("Came to wait in this time"),
    "decided": Words("Settled by a person"),
    "twice": Words("Stored more than once"),
    "adds up": Words("What was listed in this time, and what has become of it. The parts add up."),
    "rows": Words("Rows"),
    "won": Words("Won"),
    "what": Words("What"),
    "reason": Words("Reason"),
    "count": Words("Count"),
    "n rows": Words("{count} rows"),
    "amount": Words("{won} won"),
    # person
    "waits": Words("Needs a person now"),
    "nothing waits": Words("Nothing waits for a person."),
    "key": Words("Key"),
    "state": Words("State"),
    "payment": Words("Payment"),
    "evidence": Words("Evidence"),
    "open evidence": Words("open"),
    "how to settle": Words("Settle each one with: daybreak resolve"),
    "settle on page": Words('Settle each one on the page, under "To look at". On the command line: daybreak resolve'),
    "waits since": Words("waits since {since}"),
    "days left": Words("{count} more days in the ERP's list"),
    "more rows": Words("… and {count} more: daybreak resolve"),
    "more on page": Words('… and {count} more: on the page, under "To look at"'),
    # picture
    "picture": Words("The day on one line"),
    "pictures": Words("The days, line by line"),
    "picture sentence": Words("{ran} cycles ran, {failed} failed, {missed} were missed."),
    "wait": Words("waiting"),
    "ran": Words("cycle"),
    "failed": Words("failed cycle"),
    "stopped": Words("stopped cycle"),
    "under way": Words("cycle under way"),
    "hung": Words("silent"),
    "down": Words("down"),
    "asleep": Words("asleep"),
    "put-back": Words("machine paused"),
    "paused": Words("paused"),
    "planned": Words("planned maintenance of the ERP"),
    "restart": Words("restart"),
    "crash": Words("unplanned restart"),
    "missed": Words("missed cycle"),
    # charts
    "charts": Words("In figures"),
    "chart rows": Words("Posted rows per hour"),
    "chart won": Words("Posted won per hour"),
    "chart rows day": Words("Posted rows per day"),
    "chart won day": Words("Posted won per day"),
    "chart cycles": Words("Length of each cycle (s)"),
    "chart cycles day": Words("Median length of a cycle per day (s)"),
    # work
    "operation": Words("Operation"),
    "cycles": Words("Cycles"),
    "cycles line": Words("{ran} ran, {failed} failed, {stopped} stopped"),
    "slots": Words("Due times"),
    "slots line": Words("{due} due: {ran} ran, {failed} failed, {skipped} skipped, {missed} missed"),
    "to come": Words("{count} still to come"),
    "lengths": Words("Length of a cycle"),
    "lengths line": Words("shortest {low}, median {middle}, longest {high}"),
    "restarts": Words("Restarts"),
    "recycle": Words("Daily fresh start"),
    "recycle done": Words("{result} at {due}, took {seconds}"),
    "recycle short": Words("{result} at {due}"),
    "recycles": Words("{done} of {count} done, longest {seconds}"),
    "proofs even": Words("{count} days: pasted and posted agree"),
    "rows and won": Words("{label}: {rows} rows, {won} won"),
    "no recycle": Words("not recorded"),
    "sleeps": Words("The machine slept"),
    "pauses of the machine": Words("The machine was paused or put back"),
    "wishes": Words("Stopped or paused by people"),
    "wish running": Words("start"),
    "wish paused": Words("pause"),
    "wish stopped": Words("stop"),
    "by": Words("{what} by {who}"),
    "longest silence": Words("Longest silence"),
    "at": Words("{length}, at {at}"),
    "notes": Words("About the payment list"),
    "alarms": Words("Alarms"),
    "alarm open": Words("still open"),
    "alarm over": Words("over after {length}"),
    "alarm count": Words("{count} times"),
    "alarm seen": Words("acknowledged by {who}, {at}"),
    "proof": Words("Proof of the day"),
    "proof even": Words("{day}: pasted and posted agree, {count} rows, {won} won"),
    "proof differs": Words("{day}: pasted {pasted_count} rows, {pasted_won} won; posted {count} rows, {won} won"),
    "proof waits": Words("made after midnight"),
    "none": Words("none"),
    "times": Words("{count}×"),
    "times long": Words("{count}×, {length} in all"),
    "failures": Words("Why cycles failed"),
    "missed why": Words("Why cycles were missed"),
    "skipped why": Words("Why cycles were skipped"),
    # weekly, monthly
    "checklist": Words("Checklist of the week"),
    "check": Words("Check"),
    "figure": Words("Figure"),
    "target": Words("Target"),
    "ok": Words("yes"),
    "not ok": Words("no"),
    "check twice": Words("No deposit twice"),
    "check silence": Words("No silence above {limit}"),
    "check beats": Words("No beats more than {limit} apart"),
    "check restarts": Words("No unplanned restart"),
    "check recycles": Words("A fresh start every day"),
    "check slots": Words("No due time missed"),
    "check failed": Words("No failed cycle"),
    "check proofs": Words("The proof of each day is even"),
    "check waits": Words("Nothing waits for a person"),
    "of": Words("{count} of {total}"),
    "days": Words("Day by day"),
    "day": Words("Day"),
    "goals": Words("Target and now"),
    "goal": Words("Measure"),
    "now": Words("Now"),
    "goal twice": Words("Deposits entered twice"),
    "goal stop": Words("Longest stop"),
    "goal hands": Words("Times somebody had to step in"),
    "target twice": Words("0"),
    "target stop": Words("60 min at most"),
    "target hands": Words("1 a month at most"),
    "hands": Words("{count} (within half an hour counts once: {wishes} stops or pauses, {decided} rows settled)"),
    # mail
    "later": Words("What comes in later counts in the next summary."),
    "page at": Words("The whole report: {path}"),
    "report on page": Words('The whole report: on the page, under "Reports"'),
    "report file": Words("As a file on the machine: {path}"),
    "made": Words("Made by daybreak {version} on {at}."),
    "self-test": Words("That this mail arrived shows that alarms can reach you."),
}

_UNITS = (
    (86400, Words("{count} d")),
    (3600, Words("{count} h")),
    (60, Words("{count} min")),
    (1, Words("{count} s")),
)


def text(name: str, language: Language, **values: object) -> str:
    """Return one text of WORDS, its fields filled."""
    return WORDS[name](language, **values)


def spell(seconds: float, language: Language) -> str:
    """Return a length of time in its two largest units: 41 min, 3 h 5 min, 2.4 s."""
    if seconds < 10:
        return _UNITS[-1][1](language, count=f"{seconds:.1f}".removesuffix(".0"))
    left = round(seconds)
    parts: list[str] = []
    for size, words in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(words(language, count=count) if count else "")
    return " ".join(one for one in parts[:2] if one)


def long_day(day: date, language: Language) -> str:
    """Return a day in words: Monday, 23 November 2026; 2026년 11월 23일 (월)."""
    if language is Language.KO:
        return f"{day.year}년 {day.month}월 {day.day}일 ({_WEEKDAYS_KO[day.weekday()]})"
    return f"{_WEEKDAYS_EN[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, language: Language) -> str:
    """Return a day in short: Mon 23 Nov; 11/23 (월)."""
    if language is Language.KO:
        return f"{day:%m/%d} ({_WEEKDAYS_KO[day.weekday()]})"
    return f"{_WEEKDAYS_EN[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def month_name(day: date, language: Language) -> str:
    """Return November 2026; 2026년 11월."""
    return f"{day.year}년 {day.month}월" if language is Language.KO else f"{_MONTHS[day.month - 1]} {day.year}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a local time: 2026-11-23 17:45."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
