"""The settings: read once from circus.ini and var/local.ini, checked as a whole, frozen, in groups."""

import socket
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, InstanceOf, field_validator

from worker.config import ping_address
from worker.config.channels import Channels
from worker.config.erp_settings import ErpSettings
from worker.config.fields import LanguageName, PageAddress, Port
from worker.config.group import Group
from worker.config.posting_settings import PostingSettings
from worker.config.schedule_settings import ScheduleSettings
from worker.i18n.language import Language
from worker.runtime import clock, installation


class PingSettings(Group):
    """Dead-man services for the cycles and for the guards; `off` is none on purpose, empty is none yet."""

    ping_url: str = ""
    ping_guards_url: str = ""

    @field_validator("*")
    @classmethod
    def _address(cls, value: str) -> str:
        if problem := ping_address.why_no_address(value):
            raise ValueError(problem)
        return value


class RetentionSettings(Group):
    """How logs are written, how long logs and evidence are kept, and where the ledger is copied to."""

    log_format: Literal["text", "json"] = "text"
    keep_log_days: Annotated[int, Field(ge=1, le=3650)] = 30
    keep_evidence_days: Annotated[int, Field(ge=1, le=3650)] = 90
    #: The most evidence that is kept (MB).
    keep_evidence_mb: Annotated[int, Field(ge=10, le=1_000_000)] = 2000
    #: Where each daily backup of the ledger is copied to, off this disk; "": nowhere.
    backup_dir: str = ""

    @property
    def backup_folder(self) -> Path | None:
        """Where backups are copied to; a relative folder counts from circus.ini's. It need not be there just now."""
        return installation.ini_path().parent / Path(self.backup_dir).expanduser() if self.backup_dir else None


class PageSettings(Group):
    """The office's page."""

    #: Where the page listens on this machine; None: there is none.
    console_port: Port = 8810
    #: How readers' browsers reach it: what mails and reports link to. "": no links.
    console_url: PageAddress = ""


class Settings(Group):
    """Everything an operator can choose. Names, defaults and comments stand in circus.ini under [env:worker]."""

    data_dir: Path
    #: The language of everything people read.
    report_language: LanguageName = Language.EN
    erp: ErpSettings
    posting: PostingSettings
    schedule: ScheduleSettings
    pings: PingSettings
    retention: RetentionSettings
    page: PageSettings
    #: The ways to people; worker/config/channels.py reads them, for the sender without the rest.
    channels: InstanceOf[Channels]

    @property
    def demo(self) -> bool:
        """True in demo mode: only an empty ERP_URL means it."""
        return self.erp.demo

    @property
    def zone(self) -> ZoneInfo:
        """The zone of schedule, logs and reports."""
        return self.schedule.zone

    @property
    def machine(self) -> str:
        """This machine, as the ledger names it."""
        try:
            return Path("/etc/machine-id").read_text(encoding="ascii").strip() or socket.gethostname()
        except OSError:
            return socket.gethostname()

    def now(self) -> datetime:
        """Return the time in TZ."""
        return clock.wall(self.zone)


#: The groups that pydantic reads, by the name of their field.
GROUPS: dict[str, type[Group]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Group)
}
