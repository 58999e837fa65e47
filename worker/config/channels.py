"""Where people are told: the mail server and its addresses, and the Apprise URLs. Read light, from the settings' text.

The sender reads them without the rest of the settings: that the rest is wrong is itself something to be told.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.config import console_url, ini, office_proxy, secret
from worker.config.console_url import NO_LINKS, PageLinks
from worker.errors import SettingsError
from worker.i18n import message, said_by
from worker.i18n.language import Language
from worker.runtime import installation
from worker.runtime.upstream import Proxy

#: How Apprise is installed, at the versions and hashes that were tried.
INSTALL = ".venv/bin/pip install --require-hashes --no-deps -r scripts/requirements-apprise.txt"

#: Hosts that are this machine.
LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: The zone where none is set.
SEOUL = ZoneInfo("Asia/Seoul")

#: One plain address.
ADDRESS = re.compile(r"[^@\s,<>\"()]+@[^@\s,<>\"()]+")


class Channel(StrEnum):
    """A way to people."""

    #: To the office, MAIL_TO.
    MAIL = "mail"
    #: To who looks after the machine, where MAIL_TO_KEEPER names others: tried and kept by itself.
    KEEPER = "keeper-mail"
    #: To all alike.
    APPRISE = "apprise"


class Audience(StrEnum):
    """Whom a message concerns."""

    #: Money, and days: who keeps the books.
    OFFICE = "office"
    #: The machine: who looks after it.
    KEEPER = "keeper"
    #: The machine, as far as payments are not posted meanwhile.
    BOTH = "both"


class Tls(StrEnum):
    """How the connection to the mail server is kept private."""

    STARTTLS = "starttls"
    SSL = "ssl"
    OFF = "off"  # on this machine only


#: The port of each, where none is set.
PORTS = {Tls.STARTTLS: 587, Tls.SSL: 465, Tls.OFF: 25}


#: What can't work: the server waits for the other kind of greeting, and nobody says a word.
_WRONG_PORTS = frozenset({(Tls.STARTTLS, 465), (Tls.SSL, 587), (Tls.SSL, 25)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """One mail server, and from whom to whom."""

    host: str
    port: int
    tls: Tls
    sender: str
    #: The office.
    recipients: tuple[str, ...]
    #: Who looks after the machine; none: the office does.
    keepers: tuple[str, ...] = ()
    #: Empty: the server asks for none.
    user: str = ""
    password_file: Path | None = None

    def password(self) -> str:
        """Read the password, anew at each use. Raises SettingsError; its text never holds the password."""
        return secret.password(self.password_file, "SMTP_PASSWORD_FILE") if self.password_file else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Everything that is configured; usable as far as no problem was said."""

    smtp: Smtp | None = None
    #: A file with one Apprise URL a line.
    apprise: Path | None = None
    #: The office's proxy: the way to what Apprise tells by the web. No mail goes through it.
    proxy: Proxy | None = None
    language: Language = Language.EN
    zone: ZoneInfo = SEOUL
    #: What messages link to.
    page: PageLinks = NO_LINKS

    @property
    def names(self) -> tuple[Channel, ...]:
        """The ways to people that are configured, the office's first; none: nobody is told."""
        mail: tuple[Channel, ...] = (Channel.MAIL,) if self.smtp else ()
        if self.smtp and self.smtp.keepers:
            mail = (*mail, Channel.KEEPER)
        return (*mail, Channel.APPRISE) if self.apprise else mail

    def ways_to(self, audience: Audience) -> tuple[Channel, ...]:
        """Return the ways by which an audience is told; the office's serve a keeper who has none of their own."""
        has_keeper = Channel.KEEPER in self.names
        others = {
            Audience.OFFICE: {Channel.KEEPER},
            Audience.KEEPER: {Channel.MAIL} if has_keeper else set(),
            # Who reads the office's mails gets no second one.
            Audience.BOTH: set() if self.addresses(Channel.KEEPER, Channel) else {Channel.KEEPER},
        }
        return tuple(one for one in self.names if one not in others[audience])

    def addresses(self, channel: str, ways: Iterable[str]) -> tuple[str, ...]:
        """Return to whom a mail that goes all these ways goes by one of them: to no address twice."""
        if self.smtp is None or channel == Channel.APPRISE:
            return ()
        if channel == Channel.MAIL:
            return self.smtp.recipients
        office = {one.casefold() for one in self.smtp.recipients} if Channel.MAIL in set(ways) else set()
        return tuple(one for one in self.smtp.keepers if one.casefold() not in office)

    def as_set(self, channel: Channel) -> str:
        """Return a text that changes with what is set for a channel, and tells nothing of it. Empty: nothing usable."""
        try:
            if channel is Channel.APPRISE:
                parts: tuple[object, ...] = self.urls()
            else:
                one = self.smtp
                parts = (
                    (one.host, one.port, one.tls, one.user, one.sender, *self.addresses(channel, [channel]))
                    if one
                    else ()
                )
        except SettingsError:
            return ""
        text = "\x1f".join(str(part) for part in parts)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32] if parts else ""

    @property
    def domain(self) -> str:
        """What the Message-IDs end with."""
        return self.smtp.sender.rpartition("@")[2] if self.smtp else "daybreak.invalid"

    def urls(self) -> tuple[str, ...]:
        """Read the Apprise URLs, anew at each use: they hold tokens. Raises SettingsError without naming one."""
        if self.apprise is None:
            return ()
        return secret.lines(self.apprise, "APPRISE_URLS_FILE", message("Put one Apprise URL a line there"))


def read(values: Mapping[str, str], folder: Path) -> tuple[Channels, list[str]]:
    """Return the channels that these settings make, and a sentence for each setting that is wrong.

    Relative files count from `folder`. What is wrong is left out, as far as anything can be sent without it.
    """
    problems: list[str] = []

    def text(name: str) -> str:
        return str(values.get(name, "")).strip()

    smtp = _smtp(text, folder, problems) if text("SMTP_HOST") else None
    apprise = secret.place(text("APPRISE_URLS_FILE"), folder) if text("APPRISE_URLS_FILE") else None
    found = Channels(
        smtp=smtp,
        apprise=apprise,
        proxy=office_proxy.read(values, folder),
        language=_language(text, problems),
        zone=_zone(text),
        page=console_url.of(values),
    )
    try:
        if smtp is not None:
            smtp.password()
    except SettingsError as error:
        problems.append(said_by(error))
    if apprise is not None:
        if why := office_proxy.why_not(values, folder):
            problems.append(why)
        if find_spec("apprise") is None:
            problems.append(
                message(
                    "APPRISE_URLS_FILE is set, but Apprise is not installed: {command}, or leave it empty",
                    command=INSTALL,
                )
            )
        try:
            if not found.urls():
                problems.append(
                    message(
                        "APPRISE_URLS_FILE={file} holds no URL. Put one Apprise URL a line there.",
                        file=repr(str(apprise)),
                    )
                )
        except SettingsError as error:
            problems.append(said_by(error))
    return found, problems


def _smtp(text: Callable[[str], str], folder: Path, problems: list[str]) -> Smtp | None:
    """Return the mail server, or None when nothing could be sent with what is set."""
    host, sender = text("SMTP_HOST"), text("MAIL_FROM")
    recipients, keepers = _addresses(text("MAIL_TO")), _addresses(text("MAIL_TO_KEEPER"))
    tls, port = Tls.STARTTLS, 0
    before = len(problems)
    if re.search(r"[\s/:@]", host) and host not in LOOPBACK:
        problems.append(
            message(
                "SMTP_HOST={host}: write the name of the mail server only, such as smtp.example.com", host=repr(host)
            )
        )
    try:
        tls = Tls((text("SMTP_TLS") or Tls.STARTTLS).lower())
    except ValueError:
        problems.append(message("SMTP_TLS={tls}: write starttls, ssl or off", tls=repr(text("SMTP_TLS"))))
    if tls is Tls.OFF and host.lower() not in LOOPBACK:
        problems.append(
            message(
                "SMTP_TLS='off' is for a server on this machine only, not for {host}: write starttls or ssl", host=host
            )
        )
    try:
        port = int(text("SMTP_PORT") or PORTS[tls])
        if not 1 <= port <= 65535:
            raise ValueError
    except ValueError:
        problems.append(
            message("SMTP_PORT={port}: write a number from 1 to 65535, or leave it empty", port=repr(text("SMTP_PORT")))
        )
    if (tls, port) in _WRONG_PORTS:
        right = Tls.SSL if tls is Tls.STARTTLS else Tls.STARTTLS
        problems.append(
            message(
                "SMTP_PORT={port} is not for SMTP_TLS={tls}: write SMTP_TLS = {right}",
                port=str(port),
                tls=tls.value,
                right=right.value,
            )
        )
    if not sender:
        problems.append(unset("MAIL_FROM", because="SMTP_HOST"))
    elif not ADDRESS.fullmatch(sender):
        problems.append(message("MAIL_FROM={sender}: write one address like daybreak@example.com", sender=repr(sender)))
    if not recipients:
        problems.append(unset("MAIL_TO", because="SMTP_HOST"))
    for one in recipients:
        if not ADDRESS.fullmatch(one):
            problems.append(
                message(
                    "MAIL_TO: {address} is no address like office@example.com; put commas between addresses",
                    address=repr(one),
                )
            )
    user, password = text("SMTP_USER"), text("SMTP_PASSWORD_FILE")
    if user and not password:
        problems.append(unset("SMTP_PASSWORD_FILE", because="SMTP_USER"))
    if password and not user:
        problems.append(unset("SMTP_USER", because="SMTP_PASSWORD_FILE"))
    is_usable = len(problems) == before
    for one in keepers:
        if not ADDRESS.fullmatch(one):
            problems.append(
                message(
                    "MAIL_TO_KEEPER: {address} is no address like machine@example.com; put commas between addresses",
                    address=repr(one),
                )
            )
            keepers = ()  # whom that concerns is told with the office
    if not is_usable:
        return None
    return Smtp(
        host=host,
        port=port,
        tls=tls,
        sender=sender,
        recipients=recipients,
        keepers=keepers if {*keepers} != {*recipients} else (),
        user=user,
        password_file=secret.place(password, folder) if password else None,
    )


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def unset(name: str, *, because: str) -> str:
    """Say that a setting must be set, because another one is."""
    return message("{setting} must be set, because {other} is", setting=name, other=because)


def _language(text: Callable[[str], str], problems: list[str]) -> Language:
    try:
        return Language(text("REPORT_LANGUAGE").lower() or Language.EN)
    except ValueError:
        problems.append(message("REPORT_LANGUAGE={language}: write en or ko", language=repr(text("REPORT_LANGUAGE"))))
        return Language.EN


def _zone(text: Callable[[str], str]) -> ZoneInfo:
    """Return the zone of the times in a message; a wrong one is another module's problem."""
    try:
        return ZoneInfo(text("TZ") or "Asia/Seoul")
    except (ValueError, OSError, LookupError):
        return SEOUL


def in_force() -> Channels:
    """Return the channels of the circus.ini in force."""
    return read(values_in_use(), installation.ini_path().parent)[0]


def values_in_use() -> dict[str, str]:
    """Return the settings, by name, with which people are told.

    Where the files, or what they say of the channels, are wrong, these are the last good ones: that is what people
    must be told, and only the channels of before can tell it.
    """
    folder = installation.ini_path().parent
    found = ini.in_use()
    values = found.values()
    good = ini.last_good()
    if good is not None and not found.problems and read(values, folder)[1] and not read(good.values(), folder)[1]:
        return good.values()
    return values
