"""The real page on a port of its own, and a reader without a browser: cookies, forms and nothing else."""

import asyncio
import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.fakes import SEOUL
from tests.rig import free_ports, wait_until
from worker.console.server import Server
from worker.console.site import app_of
from worker.runtime.loopback import listen

KEEPER, OFFICE, PASSWORD = "김관리", "박경리", "네 낱말 비밀번호 하나"

_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the page answers."""

    status: int
    headers: Mapping[str, str]
    #: Each Set-Cookie header.
    cookies: tuple[str, ...]
    text: str
    #: The same as it came.
    content: bytes = b""


@dataclass(slots=True)
class Reader:
    """One browser."""

    port: int
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    #: Of the form that was seen last.
    token: str = ""

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send one request; a header of None is left out."""
        own: dict[str, str | None] = {"Host": f"127.0.0.1:{self.port}", "Accept-Language": self.language}
        if self.cookies:
            own["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            own["Content-Type"] = "application/x-www-form-urlencoded"
            own["Origin"] = f"http://127.0.0.1:{self.port}"
        own |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in own.items():
                if value is not None:
                    connection.putheader(name, value.encode())
            data = body.encode() if isinstance(body, str) else body or b""
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            got = connection.getresponse()
            read = got.read()
            text = read.decode("utf-8", "replace")
        finally:
            connection.close()
        cookies = tuple(got.headers.get_all("Set-Cookie") or ())
        for one in cookies:
            name, _, rest = one.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.cookies[name] = value
            if not value:
                del self.cookies[name]
        if found := _TOKEN.search(text):
            self.token = found[1]
        return Answer(
            status=got.status,
            headers={name.lower(): value for name, value in got.headers.items()},
            cookies=cookies,
            text=text,
            content=read,
        )

    def get(self, path: str, **headers: str | None) -> Answer:
        """Look at a screen."""
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, form: Mapping[str, str], **headers: str | None) -> Answer:
        """Send a form with the token that was seen last."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, body=urlencode({"token": self.token, **form}), headers=more)

    def ask_bytes(self, path: str, body: bytes, kind: str) -> Answer:
        """Send a form of another kind."""
        return self.ask("POST", path, body=body, headers={"Content-Type": kind})

    def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        """Sign in as people do."""
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "password": password})

    def is_in(self) -> bool:
        """True while this reader is signed in: the door leads on then."""
        return self.get("/sign-in").status == 303

    def see_a_form(self) -> None:
        """See a form of who is signed in, on a screen that costs nothing."""
        self.get("/nothing")

    def follow(self, answer: Answer) -> Answer:
        """Go where the answer leads."""
        return self.get(answer.headers["location"])


def without_a_ledger(reader: Reader, path: str, data: Path) -> tuple[Answer, Answer]:
    """Look at a screen while there is no ledger, and again while it is damaged."""
    missing = reader.get(path)
    (data / "ledger.db").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)
    return missing, reader.get(path)


@contextmanager
def served(data: Path) -> Iterator[int]:
    """Serve the page of this data folder for the length of a block; give its port."""
    (port,) = free_ports(1)
    started: list[tuple[asyncio.AbstractEventLoop, Server]] = []

    async def serve() -> None:
        server = Server(app_of(data, SEOUL, port))
        started.append((asyncio.get_running_loop(), server))
        await server.serve(sockets=[listen(port)])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="page")
    thread.start()
    wait_until("the page", lambda: started and started[0][1].started)
    try:
        yield port
    finally:
        loop, server = started[0]
        loop.call_soon_threadsafe(server.end)
        thread.join(10)
