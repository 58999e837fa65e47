"""What reading the list costs, page by page, and that it grows with the pages alone.

Seconds do not travel between machines. So a page is held against what it costs without us, in the same run: the
server's own time for its rows, and the time that a bare Chromium takes to draw them.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.erp import DemoErp
from tests.office import Office
from tests.tools.bench.cycles import PATIENCE, add
from tests.tools.bench.figures import Figure, slope
from tests.tools.bench.plan import Plan
from worker.browser.chromium import find_chromium, launch_flags
from worker.browser.launch import Session, open_browser
from worker.browser.proxy import Ways
from worker.browser.save_gate import SaveGate
from worker.erp.ecount import Ecount
from worker.runtime.heartbeat import Phase
from worker.runtime.upstream import Upstream

#: Rows of one page.
ROWS = 100

#: How many times as long as the server's own time and a bare Chromium's drawing together a page may take.
RATIO = 1.5

#: Says what stands around the rows of a list and how it looks, as one page without scripts; `selector` is the rows'.
_STILL = """selector => {
  const rules = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules].map(rule => rule.cssText));
  return `<style>${rules.join('\\n')}</style>${document.querySelector(selector).outerHTML}`;
}"""

#: Draws a list so many times, each time from nothing, and returns the seconds: parsed, styled and laid out.
_DRAW = """([html, count]) => {
  const at = performance.now();
  for (let k = 0; k < count; k++) {
    document.body.innerHTML = '';
    document.body.innerHTML = html;
    if (!document.body.getBoundingClientRect().height) throw new Error('nothing was drawn');
  }
  return (performance.now() - at) / 1000;
}"""

#: Payments are sent to the demo so many at a time.
AT_ONCE = 5_000


class Reader:
    """A signed-in stay at a demo ERP, and nothing but reading."""

    def __init__(self, erp: DemoErp, folder: Path) -> None:
        self._erp = erp
        self._folder = folder
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self._erp.control("/sessions/expire", {})  # no rival of an earlier stay
        office = self._held.enter_context(Office(self._erp, self._folder, chromium=None, **PATIENCE))
        chosen = office.settings
        session = Session(self._folder / "session.json", owner=chosen.erp.account)
        ways = self._held.enter_context(Ways(Upstream(allows=lambda *_: True)))
        gate = SaveGate(pattern=chosen.erp.save_request, posts=False, timeout=chosen.erp.result_s, ways=ways)
        page = self._page = self._held.enter_context(
            open_browser(
                chromium=chosen.erp.chromium,
                data_dir=self._folder,
                session=session,
                ways=ways,
                headed=False,
                timeout=chosen.erp.step_s,
            )
        )
        access = chosen.erp.model_copy(update={"take_over": True})
        pulse = partial(office.heart.step, Phase.READING)
        self._ecount = Ecount(page, access=access, session=session, gate=gate, pulse=pulse, snapshot=lambda _: None)
        self._ecount.sign_in()
        self._address = urlsplit(session.address)
        self._cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def read(self, pages: int) -> float:
        """Read the whole list, as a cycle does that has just begun and shows none; return the seconds."""
        self._page.goto(self._address._replace(fragment="").geturl())
        at = time.monotonic()
        rows = self._ecount.read_open(lambda _: True)
        seconds = time.monotonic() - at
        if len(rows) != pages * ROWS:
            raise AssertionError(f"read {len(rows)} rows of {pages * ROWS}")
        return seconds

    def served(self, pages: int) -> float:
        """Return how many seconds the server takes for the same pages, asked one after the other without a browser."""
        zone = self._address.path.split("/")[1]
        sid = parse_qs(self._address.query)["ec_req_sid"][0]
        connection = HTTPConnection(self._address.netloc)
        path = f"/{zone}/api/app.payment/action/ListPayments?ec_req_sid={sid}&xce=none"
        headers = {"Cookie": self._cookie, "Content-Type": "application/json"}
        at = time.monotonic()
        for number in range(1, pages + 1):
            connection.request("POST", path, json.dumps({"tab": "unreflected", "page": number}), headers)
            answer = json.load(connection.getresponse())
            if len(answer["rows"]) != ROWS:
                raise AssertionError(f"page {number} has {len(answer['rows'])} rows: {str(answer)[:200]}")
        seconds = time.monotonic() - at
        connection.close()
        return seconds

    def drawn(self, pages: int) -> float:
        """Return how many seconds a Chromium of its own, without a server or us, takes to draw as many such pages."""
        page = self._page
        html = page.evaluate(_STILL, "table:has(tbody tr td)")
        browser = page.context.browser
        assert browser is not None, "a launched browser owns its contexts"
        bare = browser.browser_type.launch(executable_path=find_chromium(), args=launch_flags())
        try:
            blank = bare.new_page()
            blank.evaluate(_DRAW, [html, 3])
            return float(blank.evaluate(_DRAW, [html, pages]))
        finally:
            bare.close()


def measure(plan: Plan) -> Iterator[Figure]:
    """Lists of a growing number of pages."""
    points: list[tuple[float, float]] = []
    numbers = count(1)
    listed = 0
    with DemoErp(payments=0) as erp:
        for pages, full in ((1, 10), (10, 10), (100, 10)) + (() if plan.quick else ((1000, 1),)):
            while listed < pages * ROWS:
                more = min(AT_ONCE, pages * ROWS - listed)
                add(erp, more, numbers, over=timedelta(days=6))
                listed += more
            with Reader(erp, plan.folder / f"reading-{pages}") as reader:
                runs = plan.often(full, 2) if pages < 1000 else 1
                plan.say(f"reading {pages} pages, {runs} times")
                reader.read(pages)
                # One after the other, so that whatever else the machine does touches all three alike.
                each = [(reader.read(pages), reader.served(pages), reader.drawn(pages)) for _ in range(runs)]
            took, served, drawn = zip(*each, strict=True)
            points += [(pages, one) for one in took]
            name = "1 page" if pages == 1 else f"{pages:,} pages"
            yield Figure(part="reading", name=f"reading {name} of {ROWS}", unit="s", runs=took)
            own = [(one - other) * 1000 / pages for one, other in zip(took, served, strict=True)]
            yield Figure(
                part="reading",
                name="  a page, over the server's own time",
                unit="ms",
                runs=own,
            )
            yield Figure(
                part="reading",
                name="  times the server's own time and bare drawing",
                unit="×",
                runs=[one / (other + bare) for one, other, bare in each],
                budget=RATIO if pages >= 100 else None,
                facts={"server_s": served, "drawn_s": drawn},
            )
    one_more, fixed, fit = slope(points)
    yield Figure(
        part="reading",
        name="  one more page costs",
        unit="ms",
        runs=[one_more * 1000],
        note=f"a line fits {len(points)} readings with R² = {fit:.4f}; no page at all costs {fixed * 1000:.0f} ms",
    )
