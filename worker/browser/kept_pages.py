"""Pages of an ERP as they are kept in the evidence: every frame, no script, to be looked at again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worker.browser.launch import failure_means
from worker.errors import ErpUnavailable
from worker.i18n import message

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page, Route

_SCRIPT = (Path(__file__).parent / "kept_page.js").read_text(encoding="utf-8")
_KEPT = f"() => {{ {_SCRIPT} return kept(); }}"
_MASK = f"() => {{ {_SCRIPT} mask(); return kept(); }}"

#: How a frame begins in a file: its address.
_FRAME = re.compile(r"^<!-- (https?://\S*) -->$", re.MULTILINE)

#: What a session is known by: whoever has it is signed in.
_SESSION = re.compile(r"(ec_req_sid=|\"sid\": ?\")[\w-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """One frame of a page."""

    address: str
    html: str


def written(frames: "list[Frame]") -> str:
    """Return the text of the file that keeps a page. Raises Playwright's Error."""
    return "\n".join(f"<!-- {_masked(frame.url)} -->\n{_masked(frame.evaluate(_KEPT))}" for frame in frames)


def read(path: Path) -> Iterator[KeptFrame]:
    """Yield the frames of a kept page. Raises OSError, UnicodeDecodeError."""
    text = path.read_text(encoding="utf-8")
    found = list(_FRAME.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    for one, end in zip(found, ends, strict=True):
        yield KeptFrame(address=one[1], html=text[one.end() : end].strip())


def show(page: "Page", frame: KeptFrame) -> None:
    """Show a kept frame in a page; nothing of it reaches any server. Raises ErpUnavailable."""

    def answer(route: "Route") -> None:
        if route.request.is_navigation_request() and route.request.frame == page.main_frame:
            body = f"<!DOCTYPE html>\n{frame.html}"
            route.fulfill(body=body, content_type="text/html; charset=utf-8")
        else:
            route.abort()

    with failure_means(ErpUnavailable, message("showing the kept page {address}", address=frame.address)):
        page.unroute_all()
        page.route("**/*", answer)
        page.goto("about:blank")
        page.goto(frame.address, wait_until="commit")
        page.wait_for_load_state("domcontentloaded")


def masked(page: "Page") -> str:
    """Return the frame that a page shows without what is personal."""
    return _masked(str(page.evaluate(_MASK)))


def _masked(text: str) -> str:
    return _SESSION.sub(r"\1-", text)
