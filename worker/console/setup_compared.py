"""What the step 한 건 입금 shows of MODE = shadow: how daybreak compares with the person whose work it takes over."""

from typing import Any
from zoneinfo import ZoneInfo

from worker.console.setup_words import SETUP_WORDS
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.operations import shadow
from worker.operations.going_live import Facts


def shown(found: Facts, zone: ZoneInfo, language: Language) -> dict[str, Any] | None:
    """Return the comparison in words; None where nothing was compared, or a first row is out. Raises LedgerError."""
    if found.settings is None or found.books.is_demos or found.books.first is not None:
        return None
    compared = shadow.look(found.settings, language)
    if compared is None:
        return None
    since, last = (f"{one.astimezone(zone):%Y-%m-%d %H:%M}" for one in (compared.since, compared.last))
    return {
        "headline": compared.headline.text(language),
        "span": SETUP_WORDS["compared_span"](language, since=since, last=last),
        "details": [one.text(language) for one in compared.details],
        "reads_slips": compared.reads_slips,
        "findings": [{"key": one.key, "said": reasons.say(one.said, language)} for one in compared.findings],
        "more": SETUP_WORDS["and_more"](language, count=f"{compared.more:,}") if compared.more else "",
    }
