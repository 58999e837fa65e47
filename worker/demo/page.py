"""HTML pages out of files, and what a request says about its session."""

import json
from html import escape
from pathlib import Path

from starlette.requests import Request

from worker.demo.erp import Erp
from worker.demo.sessions import Session

STATIC = Path(__file__).parent / "static"
LOGIN = "/ec5/view/app.login/erp_login?lan_type=ko-KR"


def render(name: str, **values: object) -> str:
    """Fill a page's `{{name}}` places; a value that is not text goes in as JSON for a script."""
    page = (STATIC / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = escape(value) if isinstance(value, str) else json.dumps(value).replace("<", "\\u003c")
        page = page.replace("{{" + key + "}}", text)
    return page


def cookies(request: Request) -> dict[str, str]:
    """Return the request's cookies; the session's holds a `=`, which not every parser likes."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value.strip('"') for name, _, value in pairs if name}


def session_of(request: Request, erp: Erp) -> Session | None:
    """Return the session a request belongs to, if it is alive."""
    sid = request.query_params.get("ec_req_sid", "")
    return erp.sessions.find(cookies(request).get("ECOUNT_SessionId", ""), sid)
