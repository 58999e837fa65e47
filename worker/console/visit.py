"""One request with what is known of who sends it, and the answers that screens give."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from worker.admin.users import Role, User
from worker.console import pages, words
from worker.console.attempts import Attempts
from worker.console.once import Once
from worker.console.orders import Orders
from worker.console.sessions import Sessions, form_token
from worker.console.state import Watcher
from worker.console.tones import Tones
from worker.console.upload import Upload
from worker.i18n import reasons
from worker.i18n.language import Language

#: Fields of a form.
MOST_FIELDS = 50


@dataclass(slots=True, kw_only=True)
class Site:
    """The parts of one page."""

    data: Path
    zone: ZoneInfo
    port: int
    sessions: Sessions
    attempts: Attempts
    orders: Orders
    watcher: Watcher
    tones: Tones
    #: One password is looked at at a time: each takes 20 MB for a moment.
    at_the_door: asyncio.Lock
    #: How long the last look at a password took (seconds).
    look_s: float = 0.1
    #: One look at the machine at a time: circusd may let it wait.
    at_the_machine: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: The decisions that were taken: a form sent twice acts once.
    once: Once = field(default_factory=Once)

    @property
    def cookie(self) -> str:
        """The session's cookie. Browsers keep one jar for all ports of a host."""
        return f"daybreak_{self.port}"

    @property
    def form_cookie(self) -> str:
        """The cookie of forms before the user is signed in."""
        return f"daybreak_form_{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request."""

    site: Site
    request: Request
    language: Language
    #: Who is signed in.
    user: User | None
    #: The cookie that this reader's forms answer to.
    cookie: str
    form: Mapping[str, str]
    #: The file that came with the form.
    file: Upload | None = None

    @property
    def by(self) -> User:
        """The user, on a screen that needs one."""
        assert self.user is not None, "a route that lets in users alone"
        return self.user

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a screen. A new cookie for its forms goes along where there is none yet."""
        shown = {
            "user": self.user,
            "is_keeper": self.user is not None and self.user.role is Role.KEEPER,
            "role": words.ROLES[self.user.role](self.language) if self.user else "",
            "token": form_token(self.cookie),
            "path": self.request.url.path,
            "here": self._here(),
            "times": words.TIMES(self.language, zone=words.zone_of(str(self.site.zone), self.language)),
            **values,
        }
        answer = HTMLResponse(pages.render(template, shown, self.language), status_code=status)
        if self.user is None and self.request.cookies.get(self.site.form_cookie) != self.cookie:
            keep(answer, self.site.form_cookie, self.cookie)
        return answer

    def _here(self) -> str:
        """Return where this screen is found again: of a form that was refused, the screen that it stands on."""
        url = self.request.url
        if self.request.method != "GET":
            return f"/{url.path.split('/')[1]}" if url.path.startswith(("/days/", "/people/")) else url.path
        return f"{url.path}?{url.query}" if url.query else url.path

    def sorry(self, why: str, status: int) -> Response:
        """Return a screen that says why something was refused."""
        return self.show("sorry.html", status, why=reasons.say(why, self.language))


#: What answers a request.
Screen = Callable[[Visit], Awaitable[Response]]


def go_to(path: str) -> Response:
    """Have the browser look at a screen after a form was taken."""
    return RedirectResponse(path, status_code=303)


def keep(answer: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that no script sees and no other site's page sends."""
    answer.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="strict")


def new_cookie() -> str:
    """Return a text that can't be guessed."""
    return secrets.token_urlsafe(32)


async def form_of(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, the last of equal names; none of what is no form. Raises TooLarge."""
    body = await request.body()
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except (UnicodeDecodeError, ValueError):
        return {}
