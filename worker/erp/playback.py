"""Plays kept pages back: runs an ERP's readers over an evidence folder, in a browser without a network."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from worker.browser import kept_pages
from worker.browser.launch import Session, open_browser
from worker.browser.proxy import Ways
from worker.browser.save_gate import SaveGate
from worker.config.settings import Settings
from worker.erp import find
from worker.erp.findings import Finding, printed
from worker.errors import ErpUnavailable
from worker.i18n import message
from worker.runtime.files import write_private
from worker.runtime.upstream import Upstream

#: Where masked copies go, in the folder itself.
MASKED = "masked"


def play(settings: Settings, folder: Path, *, mask: bool) -> Iterator[str]:
    """Yield what is found on each page of a folder; with `mask`, on copies without personal data, which are kept.

    Raises ErpUnavailable where there are no such pages, or the ERP's package plays none back.
    """
    files = sorted(folder.glob("*.html"))
    if not files:
        raise ErpUnavailable(message("playing back {folder}: it holds no kept page (.html)", folder=str(folder)))
    with tempfile.TemporaryDirectory(prefix="daybreak-replay-") as temp:
        found = list(_findings(settings, files, Path(temp), masked=folder.joinpath(MASKED) if mask else None))
    yield from printed(found, folder=folder, stopped=(), language=settings.report_language)


def _findings(settings: Settings, files: list[Path], temp: Path, *, masked: Path | None) -> Iterator[Finding]:
    ways = Ways(Upstream(allows=lambda *_: False))
    session = Session(temp / "session.json", owner="nobody")
    # A kept page changes no more: what is not there at once never comes.
    hurried = settings.erp.model_copy(update=dict.fromkeys(("sign_in_s", "list_s", "step_s", "result_s"), 1.0))
    kind = find(settings.erp.name)
    gate = SaveGate(pattern=None, posts=False, timeout=1, ways=ways, wire=kind.wire)
    browser = open_browser(
        chromium=settings.erp.chromium, data_dir=temp, session=session, ways=ways, headed=False, timeout=10
    )
    with ways, browser as page:
        erp = kind(
            page,
            access=hurried,
            session=session,
            gate=gate,
            pulse=lambda *_: None,
            snapshot=lambda _: None,
        )
        replay = getattr(erp, "replay", None)
        if replay is None:
            raise ErpUnavailable(
                message("playing back: the ERP package {erp} has no readers for it", erp=settings.erp.name)
            )
        for file in files:
            texts = []
            for frame in kept_pages.read(file):
                kept_pages.show(page, frame)
                if masked is not None:
                    html = kept_pages.masked(page)
                    texts.append(f"<!-- {frame.address} -->\n{html}")
                    kept_pages.show(page, kept_pages.KeptFrame(address=frame.address, html=html))
                yield from replay(file.name)
            if masked is not None:
                masked.mkdir(mode=0o700, exist_ok=True)
                write_private(masked / file.name, "\n".join(texts))
