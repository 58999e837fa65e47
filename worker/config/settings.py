"""The settings: read once from circus.ini and var/local.ini, checked as a whole, frozen."""

import re
import socket
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from worker.config import channels, day_overrides, office_proxy, ping_address, secret
from worker.config.channels import Channels
from worker.config.day_overrides import DayOverride
from worker.config.fields import Clock, Dates, HostNames, Hours, LanguageName, Port, Seconds, Switch, Won
from worker.config.public_holidays import holidays_of
from worker.i18n import message
from worker.i18n.language import Language
from worker.runtime import clock, installation
from worker.runtime.upstream import Proxy

#: The demo's own credentials; they open nothing else.
DEMO_COMPANY, DEMO_USER, DEMO_PASSWORD = "DEMO01", "DAYBREAK", "demo-pass-1"

#: How the demo's save request is addressed.
DEMO_SAVE_PATTERN = r"/action/BulkUpload\b"


class Settings(BaseSettings):
    """Everything an operator can choose. Names, defaults and comments stand in circus.ini under [env:worker]."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", validate_default=False)

    data_dir: Path
    tz: str = "Asia/Seoul"

    #: Which ERP this is: a package of worker/erp, or package.module:Class of somebody else's.
    erp: str = "ecount"
    erp_url: str = ""
    erp_company: str = ""
    erp_user: str = ""
    erp_password_file: str = ""
    #: What a page may reach beside the ERP's own hosts.
    erp_hosts: HostNames = frozenset()
    #: The office's proxy, by which the browser and its driver reach the ERP; the other file holds `user:password`.
    proxy_url: str = ""
    proxy_login_file: str = ""
    mode: Literal["test", "production"] = "test"
    take_over: Switch = False
    remark_key: Switch = True
    deposit_list: Switch = False
    save_pattern: str = ""
    cancel_new_number: Literal["hold", "match"] = "hold"
    #: What is first listed as 취소 needs no deposit: this account's cancellations turn the approval's own row.
    cancel_in_place: Switch = False

    interval_min: Annotated[int, Field(ge=1, le=60)] = 30
    hours_mon_fri: Hours = (6 * 60, 18 * 60)
    hours_sat: Hours = (6 * 60, 14 * 60)
    hours_sun: Hours = None
    extra_days_off: Dates = frozenset()
    extra_days_on: Dates = frozenset()
    #: Whose public holidays are days off: a country, or one of its parts (ISO 3166, such as KR or DE-BY).
    holidays: str = "KR"
    days_off_cycle: Clock = time(12)
    days_off_after_h: Annotated[int, Field(ge=1, le=240)] = 48

    batch_rows: Annotated[int, Field(ge=1, le=300)] = 50
    #: A payment of more won, or dated so many hours ahead of the clock, is held for a person.
    max_won: Won = 100_000_000
    max_ahead_h: Annotated[int, Field(ge=1, le=720)] = 24
    #: A day with more than so many times the payments of the highest of the last 60 is told; 0: never.
    max_day_times: Annotated[int, Field(ge=0, le=100)] = 3
    account_card: str = ""
    account_code: str = "1089"

    sign_in_s: Seconds = 60
    list_s: Seconds = 30
    step_s: Seconds = 15
    result_s: Seconds = 60
    settle_s: Seconds = 60

    chromium: str = ""
    headed: Switch = False

    #: Dead-man services for the cycles and for the guards; `off` is none on purpose, empty is none yet.
    ping_url: str = ""
    ping_guards_url: str = ""

    #: Whom to tell; checked and read by worker/config/channels.py, which the sender uses without the rest.
    smtp_host: str = ""
    smtp_port: str = ""
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = ""
    mail_from: str = ""
    mail_to: str = ""
    apprise_urls_file: str = ""
    #: The language of everything people read.
    report_language: LanguageName = Language.EN
    log_format: Literal["text", "json"] = "text"
    #: How long logs and evidence are kept (days), and how much of the latter (MB).
    keep_log_days: Annotated[int, Field(ge=1, le=3650)] = 30
    keep_evidence_days: Annotated[int, Field(ge=1, le=3650)] = 90
    keep_evidence_mb: Annotated[int, Field(ge=10, le=1_000_000)] = 2000
    #: Where each daily backup of the ledger is copied to, off this disk; "": nowhere.
    backup_dir: str = ""
    #: When the summary of a day is mailed, and the reports of week and month; None: not at all.
    summary_mon_fri: Clock = time(17, 45)
    summary_sat: Clock = time(14, 15)
    weekly_at: Clock = time(6)

    #: Where the office's page listens on this machine; None: there is none.
    console_port: Port = 8810

    #: The section [markers] of local.ini, as it is written: marks of the ERP's screens that differ from our table.
    markers: Mapping[str, str] = MappingProxyType({})

    demo_port: Annotated[int, Field(ge=1, le=65535)] = 8800
    demo_control_port: Annotated[int, Field(ge=1, le=65535)] = 8801

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the names are the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` hands in and nothing else: a stray TZ or MODE of a shell must change no posting."""
        return (init_settings,)

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(message("it is no time zone; write one like Asia/Seoul")) from error
        if re.fullmatch(r"(Etc/)?GMT[+-]\d+", value):
            hours = -int(value.rpartition("GMT")[2])
            raise ValueError(
                message(
                    "these names count the other way round, so it is UTC{hours}; write a place, such as Asia/Seoul",
                    hours=f"{hours:+d}",
                )
            )
        return value

    @field_validator("erp_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError(message("it must start with http:// or https://, such as https://login.example.com"))
        return value

    @field_validator("proxy_url")
    @classmethod
    def _proxy_address(cls, value: str) -> str:
        if value and (problem := office_proxy.why_no_address(value)):
            raise ValueError(problem)
        return value

    @field_validator("ping_url", "ping_guards_url")
    @classmethod
    def _ping_address(cls, value: str) -> str:
        if problem := ping_address.why_no_address(value):
            raise ValueError(problem)
        return value

    @field_validator("save_pattern")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(message("it is no regular expression: {error}", error=str(error))) from error
        if value and re.search(value, ""):
            raise ValueError(message("it matches any address; write what only the save request's address holds"))
        return value

    @field_validator("holidays")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value != "KR":
            try:
                if not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]{1,3})?", value):
                    raise NotImplementedError
                holidays_of(clock.wall(ZoneInfo("UTC")).year, country=value)
            except NotImplementedError as error:
                raise ValueError(message("it is no country of the calendar; write its code, such as KR")) from error
        return value

    @field_validator("interval_min")
    @classmethod
    def _divides_the_hour(cls, value: int) -> int:
        if 60 % value:
            raise ValueError(message("it must divide 60 evenly: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60"))
        return value

    @property
    def demo(self) -> bool:
        """True in demo mode: only an empty ERP_URL means it."""
        return not self.erp_url

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of schedule, logs and reports."""
        return ZoneInfo(self.tz)

    @property
    def address(self) -> str:
        """Where the worker opens the ERP."""
        return self.erp_url or f"http://127.0.0.1:{self.demo_port}/"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the ERP, as the ledger and the machine-wide lock name it."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def company(self) -> str:
        """The company whose books are written."""
        return DEMO_COMPANY if self.demo else self.erp_company

    @property
    def user(self) -> str:
        """The ERP's user."""
        return DEMO_USER if self.demo else self.erp_user

    @property
    def posts(self) -> bool:
        """True when a save may really be sent."""
        return self.demo or self.mode == "production"

    @property
    def may_take_over(self) -> bool:
        """True when the worker may end its own earlier session."""
        return self.demo or self.take_over

    @property
    def can_look_up(self) -> bool:
        """True when deposits can be found again by their key."""
        return self.remark_key and (self.demo or self.deposit_list)

    @property
    def save_request(self) -> re.Pattern[str] | None:
        """The save request's address, or None while nobody has confirmed it."""
        text = self.save_pattern or (DEMO_SAVE_PATTERN if self.demo else "")
        return re.compile(text) if text else None

    @property
    def card_account(self) -> str:
        """The account of deposits that come through a card company."""
        return self.account_card or "카드사"

    @property
    def machine(self) -> str:
        """This machine, as the ledger names it."""
        try:
            return Path("/etc/machine-id").read_text(encoding="ascii").strip() or socket.gethostname()
        except OSError:
            return socket.gethostname()

    @cached_property
    def channels(self) -> Channels:
        """The ways to people."""
        return channels.read(_as_text(self), installation.ini_path().parent)[0]

    @property
    def days_by_hand(self) -> Mapping[date, DayOverride]:
        """What operators said of single days, as it stands now."""
        return day_overrides.read(self.data_dir)

    def password(self) -> SecretStr:
        """Read the ERP's password, anew at each use. Raises SettingsError; its text never holds the password."""
        if self.demo:
            return SecretStr(DEMO_PASSWORD)
        return SecretStr(secret.password(self._password_path(), "ERP_PASSWORD_FILE"))

    @property
    def backup_folder(self) -> Path | None:
        """Where backups are copied to; a relative folder counts from circus.ini's. It need not be there just now."""
        return installation.ini_path().parent / Path(self.backup_dir).expanduser() if self.backup_dir else None

    @property
    def proxy(self) -> Proxy | None:
        """The office's proxy, if there is one."""
        return office_proxy.read(_as_text(self), installation.ini_path().parent)

    def secret_version(self) -> str:
        """Return a text that changes whenever the user or the secret file does. It tells nothing of the secret."""
        if self.demo:
            return self.user
        try:
            found = self._password_path().stat()
        except OSError:
            return self.user
        return f"{self.user} {found.st_mtime_ns} {found.st_ino} {found.st_size}"

    def _password_path(self) -> Path:
        """Return the file of the password; a relative one counts from circus.ini's folder."""
        return secret.place(self.erp_password_file, installation.ini_path().parent)

    def now(self) -> datetime:
        """Return the time in TZ."""
        return clock.wall(self.zone)


#: What may stand in [env:worker], in lower case.
NAMES = [name for name in Settings.model_fields if name != "markers"]


def _as_text(settings: Settings) -> dict[str, str]:
    """Return the settings about channels, and the way to them, as they are written."""
    names = (
        "smtp_host", "smtp_port", "smtp_tls", "smtp_user", "smtp_password_file",
        "mail_from", "mail_to", "apprise_urls_file", "proxy_url", "proxy_login_file", "report_language", "tz",
    )  # fmt: skip
    return {name.upper(): str(getattr(settings, name)) for name in names}
