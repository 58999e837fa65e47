"""How long the certificates of the ERP and of the mail server are still valid: looked at once a day, by the sender."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from worker.config.channels import LOOPBACK, Channels, Tls
from worker.i18n import message
from worker.runtime.upstream import Proxy

#: Rest of a certificate's life below which an alarm is raised.
SOON = timedelta(days=14)

#: Longest wait for a server's certificate (seconds).
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that shows a certificate."""

    host: str
    port: int
    #: True for a mail server that is asked for TLS in the clear first.
    starttls: bool = False
    #: True for a web server: the office's proxy is the way to it.
    is_web: bool = False


def servers(erp_url: str, found: Channels) -> list[Server]:
    """Return the servers to look at: a real ERP by https, and the mail server, unless they are this machine."""
    wanted = []
    try:
        parts = urlsplit(erp_url)
        if parts.scheme == "https" and parts.hostname and parts.hostname not in LOOPBACK:
            wanted.append(Server(host=parts.hostname, port=parts.port or 443, is_web=True))
    except ValueError:
        pass  # the settings are wrong: `daybreak check` says so
    if found.smtp is not None and found.smtp.tls is not Tls.OFF and found.smtp.host.lower() not in LOOPBACK:
        wanted.append(Server(host=found.smtp.host, port=found.smtp.port, starttls=found.smtp.tls is Tls.STARTTLS))
    return wanted


def why_alarming(server: Server, *, at: datetime, proxy: Proxy | None = None) -> str | None:
    """Say what is wrong with a server's certificate; empty: nothing; None: it could not be seen now.

    A web server is reached through `proxy`, the office's.
    """
    name = f"{server.host}:{server.port}"
    try:
        ends = _end_of(server, proxy)
    except ssl.SSLCertVerificationError as error:
        return message("the certificate of {name} is not valid: {why}", name=name, why=error.verify_message)
    except (OSError, ValueError):
        return None
    if ends - at < SOON:
        return message(
            "the certificate of {name} ends on {day}, in {days} days",
            name=name,
            day=f"{ends:%Y-%m-%d}",
            days=str(max(0, (ends - at).days)),
        )
    return ""


def _reach(server: Server, proxy: Proxy | None) -> socket.socket:
    if server.is_web and proxy is not None:
        return proxy.connect(server.host, server.port)
    return socket.create_connection((server.host, server.port), timeout=TIMEOUT)


def _end_of(server: Server, proxy: Proxy | None) -> datetime:
    """Return when the certificate ends. Raises OSError when the server does not show it."""
    context = ssl.create_default_context()
    if server.starttls:
        import smtplib

        try:
            with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT) as mail:
                mail.starttls(context=context)
                assert isinstance(mail.sock, ssl.SSLSocket)
                shown = mail.sock.getpeercert()
        except smtplib.SMTPException as error:
            raise OSError(str(error)) from error
    else:
        with (
            _reach(server, proxy) as plain,
            context.wrap_socket(plain, server_hostname=server.host) as private,
        ):
            shown = private.getpeercert()
    if not shown:
        raise OSError("the server shows no certificate")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
