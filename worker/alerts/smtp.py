"""Hands one message to the mail server. The library is loaded only here."""

import contextlib
import signal
import socket
from collections.abc import Iterator
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

from worker.config.channels import Smtp, Tls
from worker.errors import DaybreakError
from worker.i18n import joined, message, said_by

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP

#: Longest silence of a server, and longest time of a whole delivery (seconds).
TIMEOUT, WHOLE = 20.0, 30.0


class NotDelivered(DaybreakError):
    """The server did not take the message, or did not say whether it did: send the same message again later."""

    #: True when the reason lies in this message: others may still go out.
    only_this = False


class Stalled(OSError):
    """The server talks on, but the message does not get out."""


def mail_of(
    smtp: Smtp, *, subject: str, text: str, html: str, message_id: str, at: datetime, answers: str = ""
) -> "EmailMessage":
    """Return a mail as plain text, with HTML beside it if there is some. `answers`: the mail that began the thread."""
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime

    found = EmailMessage(policy=SMTP)
    found["Subject"] = " ".join(_encodable(subject).split())
    found["From"] = smtp.sender
    found["To"] = ", ".join(smtp.recipients)
    found["Date"] = format_datetime(at)
    found["Message-ID"] = message_id
    if answers:
        found["In-Reply-To"] = answers
        found["References"] = answers
    found["Auto-Submitted"] = "auto-generated"
    found.set_content(_encodable(text), charset="utf-8")
    if html:
        found.add_alternative(_encodable(html), subtype="html", charset="utf-8")
    return found


def _encodable(text: str) -> str:
    """Return the text with half characters replaced: a broken name must not keep an alarm back."""
    return text.encode("utf-8", "replace").decode("utf-8")


def send(smtp: Smtp, mail: "EmailMessage") -> str:
    """Send one mail; return who was refused, in a sentence, or an empty text.

    Raises NotDelivered: not taken, or in doubt; sent again under the same Message-ID it does no harm. Raises
    SettingsError when the password can't be read.
    """
    import smtplib

    password = smtp.password()
    server_name = f"{smtp.host}:{smtp.port}"
    try:
        with within(WHOLE):
            server = _connect(smtp)
            try:
                if smtp.user:
                    server.login(smtp.user, password)
                unable = _take_out_unable(server, smtp, mail)
                refused = {**unable, **server.send_message(mail)}
            finally:
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.close()
    except smtplib.SMTPRecipientsRefused as error:
        words = ", ".join(f"{who} ({_said(code, text)})" for who, (code, text) in error.recipients.items())
        raise _only_this(
            message("sending mail by {server}: every recipient was refused: {words}", server=server_name, words=words)
        ) from error
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        said = _said(error.smtp_code, error.smtp_error)
        raise _only_this(message("sending mail by {server}: refused: {said}", server=server_name, said=said)) from error
    except smtplib.SMTPAuthenticationError as error:
        said = _said(error.smtp_code, error.smtp_error)
        raise NotDelivered(
            message(
                "sending mail by {server}: the server refused user or password: {said}. Check SMTP_USER and "
                "SMTP_PASSWORD_FILE",
                server=server_name,
                said=said,
            )
        ) from None
    except smtplib.SMTPResponseException as error:
        said = _said(error.smtp_code, error.smtp_error)
        raise NotDelivered(message("sending mail by {server}: {error}", server=server_name, error=said)) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        said = said_by(error) or type(error).__name__
        raise NotDelivered(message("sending mail by {server}: {error}", server=server_name, error=said)) from error
    return joined(
        [
            message("{who} was refused: {said}", who=who, said=_said(code, text))
            for who, (code, text) in refused.items()
        ],
        ", ",
    )


def _connect(smtp: Smtp) -> "SMTP":
    import smtplib
    import ssl

    if smtp.tls is Tls.SSL:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(smtp.host, smtp.port, _own_name(), timeout=TIMEOUT, context=context)
    server = smtplib.SMTP(smtp.host, smtp.port, _own_name(), timeout=TIMEOUT)
    if smtp.tls is Tls.STARTTLS:
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _own_name() -> str | None:
    """Return how we greet where this machine's name is none that mail knows: as the address that we have."""
    name = socket.getfqdn()
    return None if name.isascii() else "[127.0.0.1]"


def _take_out_unable(server: "SMTP", smtp: Smtp, mail: "EmailMessage") -> dict[str, tuple[int, bytes]]:
    """Take recipients out that this server can't address; return them as refused. The others shall be told.

    A domain outside ASCII is written in its other form, which every server takes (RFC 5890); a name before the @ has
    none. Raises SMTPRecipientsRefused when no recipient is left.
    """
    import smtplib

    if all(one.isascii() for one in (smtp.sender, *smtp.recipients)):
        return {}
    server.ehlo_or_helo_if_needed()
    if server.has_extn("smtputf8"):
        return {}
    able = {one: _in_ascii(one) for one in smtp.recipients}
    why = (553, b"the mail server knows no address outside ASCII (SMTPUTF8)")
    unable = {one: why for one, name in able.items() if not name}
    kept = [name for name in able.values() if name]
    if not kept:
        raise smtplib.SMTPRecipientsRefused(unable)
    for header, value in (("To", ", ".join(kept)), ("From", _in_ascii(smtp.sender) or kept[0])):
        del mail[header]
        mail[header] = value
    return unable


def _in_ascii(address: str) -> str:
    """Return an address in ASCII alone, or an empty text if it has no such form."""
    name, _, domain = address.rpartition("@")
    with contextlib.suppress(UnicodeError):
        name.encode("ascii")
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    return ""


def _only_this(text: str) -> NotDelivered:
    error = NotDelivered(text)
    error.only_this = True
    return error


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {' '.join(words.split())}"[:300]


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise Stalled in the block when it takes longer: each answer of a slow server may come just in time."""

    def on_alarm(_number: int, _frame: FrameType | None) -> None:
        raise Stalled(message("not done within {seconds} s", seconds=f"{seconds:g}"))

    before = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
