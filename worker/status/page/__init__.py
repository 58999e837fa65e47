"""The status page, $DATA_DIR/status.html: a snapshot in one file that turns red when nobody renews it.

The worker writes it; while no worker runs plugin:heartbeat does. Light: the guard imports it.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from string import Template

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.pending_row import PendingRow
from worker.runtime.files import write_private
from worker.status.doing import doing
from worker.status.snapshot import Snapshot, TimelineMark
from worker.status.words import CYCLES, DEPOSITS, MARKS, OUTCOMES, ROWS, STATES, UNITS, WAITING_ROW, WORDS

NAME = "status.html"

#: Whoever writes the page does so at least this often while nothing changes, and at most that often while much does.
REWRITE, AT_MOST = timedelta(minutes=1), timedelta(seconds=2)

#: How long a page is true after it was written, or after the promised next beat.
TRUE_FOR, MARGIN = timedelta(minutes=3), timedelta(minutes=1)

#: Maximum rows of those that wait for a person; the rest is counted.
MOST_ROWS = 10


def write(data: Path, snapshot: Snapshot) -> None:
    """Replace the page in one step. Raises OSError when the disk takes no write."""
    put(data, render(snapshot))


def put(data: Path, text: str) -> None:
    """Replace the page by one that was rendered. Raises OSError."""
    write_private(data / NAME, text, durable=False)  # written anew every few seconds, and after a start


def render(snapshot: Snapshot) -> str:
    """Return the page. Whatever stands in the snapshot is shown, never run."""
    language = Language(snapshot.language)
    page, script = _parts()
    words = {f"w_{name}": html.escape(text(language)) for name, text in WORDS.items()}
    written, until = datetime.fromisoformat(snapshot.written), datetime.fromisoformat(snapshot.valid_until)
    verdict = snapshot.verdict
    word = verdict.text(language)
    # What it says under "Now" need not stand above as well.
    problems = [reasons.say(one, language) for one in snapshot.problems if one != snapshot.doing]
    next_cycle = snapshot.next_cycle or ""
    values = {
        **words,
        "language": language.value,
        "health": verdict.health.value,
        "tone": verdict.tone.value,
        "known": "yes" if snapshot.known else "no",
        "word": html.escape(f"{word[:1].upper()}{word[1:]}"),
        "problems": _items(problems),
        "doing": html.escape(doing(snapshot, language)),
        "step": html.escape(reasons.say(snapshot.step, language) if snapshot.step else ""),
        "since": _epoch(snapshot.since),
        "since_clock": html.escape(_clock(snapshot.since, written)),
        "next": html.escape(_clock(next_cycle, written) or "–"),
        "next_at": _epoch(next_cycle),
        "batch": _batch(snapshot, language, written),
        "today": _today(snapshot, language),
        "needs": _items([reasons.say(one, language) for one in snapshot.attention]) or f"<p>{words['w_nothing']}</p>",
        "has_needs": "yes" if snapshot.attention else "no",
        "rows": _rows(snapshot, language, written),
        "timeline": _timeline(snapshot.marks, written.hour * 60 + written.minute),
        "legend": _legend(snapshot.marks, language),
        "date": f"{written:%Y-%m-%d}",
        "written": f"{written:%H:%M:%S}",
        "until_clock": f"{until:%H:%M:%S}",
        "until": str(int(until.timestamp() * 1000)),
        "erp": html.escape(f"{snapshot.erp.get('address', '–')} ({_mode(snapshot)})"),
        "version": html.escape(str(snapshot.worker.get("version") or "")),
        "units": html.escape(json.dumps([one(language) for one in UNITS], ensure_ascii=False)),
        "script": script,
        # No other script runs in the page, whatever stands in it.
        "hash": base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
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


def _mode(snapshot: Snapshot) -> str:
    return "demo" if snapshot.erp.get("demo") else str(snapshot.erp.get("mode", "–"))


def _epoch(text: str) -> str:
    """Return a time as JavaScript counts it, or an empty text."""
    return str(int(datetime.fromisoformat(text).timestamp() * 1000)) if text else ""


def _clock(text: str, now: datetime) -> str:
    """Return a time for people, with its date when that is not today's."""
    if not text:
        return ""
    at = datetime.fromisoformat(text).astimezone(now.tzinfo)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def _batch(snapshot: Snapshot, language: Language, now: datetime) -> str:
    batch = snapshot.batch
    if not batch:
        return html.escape(WORDS["none_yet"](language))
    outcome = OUTCOMES.get(str(batch["outcome"]))
    said = outcome(language) if outcome else str(batch["outcome"]) or WORDS["under_way"](language)
    text = ROWS(language, rows=batch["rows"], won=f"{batch['won']:,}")
    return f"{html.escape(text)}<small>{html.escape(_clock(str(batch['at']), now))} · {html.escape(said)}</small>"


def _today(snapshot: Snapshot, language: Language) -> str:
    names = ("success", "failure", "deposits", "cancellations", "won")
    today = {**dict.fromkeys(names, 0), **snapshot.stats, **snapshot.money}
    shown = {name: f"{today[name]:,}" for name in names}
    main = DEPOSITS(language, count=shown["deposits"], won=shown["won"])
    return f"{html.escape(main)}<small>{html.escape(CYCLES(language, **shown))}</small>"


def _rows(snapshot: Snapshot, language: Language, now: datetime) -> str:
    """Return the oldest rows that wait for a person, and how many more there are."""
    lines = [_row(one, language, now) for one in snapshot.pending[:MOST_ROWS]]
    if (more := snapshot.verdict.waiting - len(lines)) > 0:
        lines.append(html.escape(WORDS["more"](language, count=f"{more:,}")))
    return f"<ol>{''.join(f'<li>{line}</li>' for line in lines)}</ol>" if snapshot.pending else ""


def _row(row: PendingRow, language: Language, now: datetime) -> str:
    mark = MARKS[row.state](language)
    what = row.payer
    if row.time is not None and row.won is not None:
        numbers = " · ".join(one for one in (row.approval_no, row.acquirer) if one)
        clock = _clock(row.time.isoformat(), now)
        what = WAITING_ROW(language, at=clock, payer=row.payer, won=f"{row.won:,}", numbers=numbers)
    since = WORDS["waits_since"](language, since=_clock(row.since.isoformat(), now))
    if (left := row.days_left(now.date())) is not None:
        since += f" · {WORDS['days_left'](language, count=left)}"
    why = html.escape(reasons.say(row.why, language))
    return f"<b>{html.escape(mark)}</b> {html.escape(what)}<small>{why}<br>{html.escape(since)}</small>"


#: What went wrong stands higher than what went well: the colours alone need not tell. A planned silence lies behind.
_HEIGHTS = {"failed": 40, "missed": 40, "planned": 40, "ran": 26, "open": 26, "skipped": 12, "due": 6}


def _timeline(marks: Sequence[TimelineMark], now: int) -> str:
    parts = []
    for one in marks:
        height = _HEIGHTS.get(one.state, 6)
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
