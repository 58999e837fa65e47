"""The status page, $DATA_DIR/status.html: how things stand, in one file that turns red when nobody renews it.

The worker writes it; while no worker runs plugin:heartbeat does, from what the last page knew. It carries its own
content as JSON for that. Light: the guard imports it.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.runtime.files import write_private
from worker.runtime.heartbeat import Phase
from worker.status.page.view import Health, TimelineMark, View, joined
from worker.status.page.words import CYCLES, DEPOSITS, HEALTHS, OUTCOMES, PHASES, ROWS, STATES, UNITS, WORDS

__all__ = [
    "AT_MOST",
    "MARGIN",
    "NAME",
    "REWRITE",
    "TRUE_FOR",
    "Health",
    "TimelineMark",
    "View",
    "joined",
    "read",
    "render",
    "write",
]

NAME = "status.html"

#: Whoever writes the page does so at least this often while nothing changes, and at most that often while much does.
REWRITE, AT_MOST = timedelta(minutes=1), timedelta(seconds=2)

_CONTENT = re.compile(r'<script type="application/json" id="content">(.*?)</script>', re.DOTALL)

#: A page is true for so long after it was written, or for so long after the promised next beat.
TRUE_FOR, MARGIN = timedelta(minutes=3), timedelta(minutes=1)


def read(path: Path) -> View | None:
    """Return what a page says, or None if there is none that can be read."""
    try:
        found = _CONTENT.search(path.read_text(encoding="utf-8"))
        values = json.loads(found[1]) if found else {}
        marks = tuple(TimelineMark(**one) for one in values.pop("marks"))
        return View(**values, marks=marks)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(path: Path, view: View) -> None:
    """Replace the page in one step. Raises OSError when the disk takes no write."""
    write_private(path, render(view), durable=False)  # written anew every few seconds, and after a start


def render(view: View) -> str:
    """Return the page. Whatever stands in the view is shown, never run."""
    language = Language(view.language)
    page, script = _parts()
    words = {f"w_{name}": html.escape(text(language)) for name, text in WORDS.items()}
    written, until = datetime.fromisoformat(view.written), datetime.fromisoformat(view.valid_until)
    content = json.dumps(asdict(view), ensure_ascii=False, default=list)
    values = {
        **words,
        "language": language.value,
        "health": Health(view.health).value,
        "word": html.escape(HEALTHS[Health(view.health)](language)),
        "problems": _items([reasons.say(one, language) for one in view.problems]),
        "doing": html.escape(_doing(view, language)),
        "step": html.escape(reasons.say(view.step, language) if view.step else ""),
        "since": _epoch(view.since),
        "since_clock": html.escape(_clock(view.since, written)),
        "next": html.escape(_clock(view.next_cycle, written) or "–"),
        "next_at": _epoch(view.next_cycle),
        "batch": _batch(view, language, written),
        "today": _today(view, language),
        "needs": _items(view.needs) or f"<p>{words['w_nothing']}</p>",
        "has_needs": "yes" if view.needs else "no",
        "timeline": _timeline(view.marks, written.hour * 60 + written.minute),
        "legend": _legend(view.marks, language),
        "date": f"{written:%Y-%m-%d}",
        "written": f"{written:%H:%M:%S}",
        "until_clock": f"{until:%H:%M:%S}",
        "until": str(int(until.timestamp() * 1000)),
        "erp": html.escape(view.erp),
        "version": html.escape(view.version),
        "units": html.escape(json.dumps([one(language) for one in UNITS], ensure_ascii=False)),
        "script": script,
        # No other script runs in the page, whatever stands in it.
        "hash": base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        # Within a script element only `</script` and `<!--` mean anything: no `<` is left.
        "content": content.replace("<", "\\u003c"),
    }
    return page.substitute(values)


@cache
def _parts() -> tuple[Template, str]:
    """Return the page with its gaps, and its script."""
    here = Path(__file__).parent
    return Template((here / "page.html").read_text(encoding="utf-8")), (here / "page.js").read_text(encoding="utf-8")


# --- parts of the page


def _items(sentences: Sequence[str]) -> str:
    shown = (re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(one)) for one in sentences)
    items = "".join(f"<li>{one}</li>" for one in shown)
    return f"<ul>{items}</ul>" if items else ""


def _doing(view: View, language: Language) -> str:
    try:
        return PHASES[Phase(view.doing)](language)
    except ValueError:
        return view.doing


def _epoch(text: str) -> str:
    """Return a time as JavaScript counts it, or an empty text."""
    return str(int(datetime.fromisoformat(text).timestamp() * 1000)) if text else ""


def _clock(text: str, now: datetime) -> str:
    """Return a time for people, with its date when that is not today's."""
    if not text:
        return ""
    at = datetime.fromisoformat(text).astimezone(now.tzinfo)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def _batch(view: View, language: Language, now: datetime) -> str:
    batch = view.batch
    if not batch:
        return html.escape(WORDS["none_yet"](language))
    outcome = OUTCOMES.get(str(batch["outcome"]))
    said = outcome(language) if outcome else str(batch["outcome"]) or WORDS["under_way"](language)
    text = ROWS(language, rows=batch["rows"], won=f"{batch['won']:,}")
    return f"{html.escape(text)}<small>{html.escape(_clock(str(batch['at']), now))} · {html.escape(said)}</small>"


def _today(view: View, language: Language) -> str:
    today = {"success": 0, "failure": 0, "count": 0, "cancellations": 0, "won": 0, **view.today}
    main = DEPOSITS(language, count=f"{today['count']:,}", won=f"{today['won']:,}")
    more = CYCLES(language, **{name: f"{value:,}" for name, value in today.items()})
    return f"{html.escape(main)}<small>{html.escape(more)}</small>"


def _timeline(marks: Sequence[TimelineMark], now: int) -> str:
    parts = []
    for one in marks:
        # What went wrong stands higher than what went well: the colours alone need not tell.
        height = {"failed": 40, "missed": 40, "ran": 26, "open": 26, "skipped": 12, "due": 6}.get(one.state, 6)
        gap = 3 if one.minutes >= 15 else 0
        parts.append(
            f'<rect class="{html.escape(one.state)}" x="{one.start}" y="{40 - height}" '
            f'width="{max(one.minutes - gap, 1)}" height="{height}"><title>'
            f"{one.start // 60:02}:{one.start % 60:02} {html.escape(one.state)}</title></rect>"
        )
    return "".join(parts) + f'<rect class="now" x="{now}" y="0" width="4" height="40"/>'


def _legend(marks: Sequence[TimelineMark], language: Language) -> str:
    counts: dict[str, int] = {}
    for one in marks:
        counts[one.state] = counts.get(one.state, 0) + one.count
    return "".join(
        f'<span class="{state}"><i></i>{html.escape(text(language))} {counts[state]:,}</span>'
        for state, text in STATES.items()
        if counts.get(state)
    )
