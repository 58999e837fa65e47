"""The page's templates and its other files, read once."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worker.console import alarm_words, machine_words, report_words, search_words, words
from worker.i18n.language import Language
from worker.runtime import memory

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent

#: The texts of all screens, by the names that the templates use.
TEXTS = (words.WORDS, search_words.WORDS, report_words.WORDS, alarm_words.WORDS, machine_words.WORDS)

#: Time from a screen until its memory is given back (seconds): the answer is out by then.
TRIM_AFTER = 1.0

#: What the page consists of beside its templates: nothing else is served by name.
FILES: Mapping[str, str] = {
    "style.css": "text/css; charset=utf-8",
    "report.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file."""

    content: bytes
    kind: str
    #: Changes with the content, so that a browser may keep the file for ever.
    version: str


@cache
def file(name: str) -> File | None:
    """Return a file of the page, or None if there is none of this name."""
    if name not in FILES:
        return None
    content = (_HERE / "static" / name).read_bytes()
    return File(content=content, kind=FILES[name], version=hashlib.sha256(content).hexdigest()[:12])


def render(template: str, values: Mapping[str, Any], language: Language) -> str:
    """Return a template filled in. Whatever stands in the values is shown, never run."""
    _trim_soon()
    return _templates().get_template(template).render(language=language.value, words=_words(language), **values)


class _Trim:
    """Whether memory is about to be given back."""

    is_due = False


def _trim_soon() -> None:
    """Give back soon what this screen takes, once for all that are asked for until then: 1 to 3 MB for most of them."""
    if _Trim.is_due:
        return
    with suppress(RuntimeError):  # without a loop nobody is answered
        asyncio.get_running_loop().call_later(TRIM_AFTER, _trim)
        _Trim.is_due = True


def _trim() -> None:
    _Trim.is_due = False
    memory.trim()


@cache
def _words(language: Language) -> Mapping[str, str]:
    return {name: text(language) for texts in TEXTS for name, text in texts.items()}


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["file"] = _address
    return made


def _address(name: str) -> str:
    found = file(name)
    assert found is not None, name
    return f"/files/{name}?{found.version}"
