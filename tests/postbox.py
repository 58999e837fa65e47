"""A real mail server on the loopback, with faults that can be switched while it runs."""

import asyncio
import ssl
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.rig import free_ports

#: The only user whom a server with a password knows.
USER, PASSWORD = "daybreak", "s3cret pass"


class Postbox:
    """Mail server and mailbox in one. `mode`: what it does with the next messages.

    "": takes them. refuse: says no to each. drop: cuts the connection after the text, keeps nothing. die: keeps the
    text and cuts the connection before it says so. stall: takes the text and never answers. With `password` it wants
    a certificate as well.
    """

    def __init__(
        self,
        *,
        password: bool = False,
        certificate: tuple[Path, Path] | None = None,
        ssl: bool = False,
        utf8: bool = True,
    ) -> None:
        self.mode = ""
        #: Messages with this word in the subject are refused.
        self.dislikes = ""
        #: Addresses that nobody has here; and those for which the server takes a mail and never says so.
        self.unknown: set[str] = set()
        self.stalls: set[str] = set()
        self.mails: list[EmailMessage] = []
        (self.port,) = free_ports(1)
        self._password = password
        self._certificate = certificate
        self._ssl = ssl
        self._utf8 = utf8
        self._controller: Controller | None = None

    # --- life

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def up(self) -> None:
        """Listen."""
        context = None
        if self._certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
        given: dict[str, Any] = {"ssl_context": context} if self._ssl else {"tls_context": context}
        if self._password:
            given |= {"authenticator": self._knows, "auth_required": True}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=self._utf8, **given)
        self._controller.start()

    def down(self) -> None:
        """Listen no more; keep what has come."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # --- what is true

    def subjects(self) -> list[str]:
        """Return the subjects in the order they came; a folded one may begin with the space of its fold."""
        return [str(mail["Subject"]).strip() for mail in self.mails]

    def ids(self) -> list[str]:
        """Return the Message-IDs in the order they came."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    def text(self, number: int = -1) -> str:
        """Return the plain text of a mail, the newest one by default."""
        part = self.mails[number].get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    def html(self, number: int = -1) -> str:
        """Return the HTML of a mail."""
        part = self.mails[number].get_body(("html",))
        assert part is not None
        return str(part.get_content())

    # --- what aiosmtpd calls

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take one address of a message."""
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """Take one message, as `mode` says."""
        mail = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        if self.mode == "refuse" or (self.dislikes and self.dislikes in str(mail["Subject"])):
            return "554 5.7.1 not here"
        if self.mode in ("drop", "die"):
            if self.mode == "die":
                self.mails.append(mail)
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 never seen"
        if self.mode == "stall" or self.stalls.intersection(envelope.rcpt_tos):
            await asyncio.Event().wait()
        self.mails.append(mail)
        return "250 OK"

    @staticmethod
    def _knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        return AuthResult(success=is_known, handled=False)


def certificate(folder: Path, *, days: int = 90, name: str = "localhost") -> tuple[Path, Path]:
    """Make a certificate for localhost that ends in so many days, signed by itself; return its file and its key's."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(cert), "-days", str(days), "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key
