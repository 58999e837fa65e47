"""The settings about the ERP: where it is, who signs in, how it is reached, and how long each step may take."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from worker.config import office_proxy, secret
from worker.config.fields import HostNames, Seconds, Switch
from worker.config.group import Group
from worker.i18n import message
from worker.runtime import installation
from worker.runtime.upstream import Proxy

#: The demo's own credentials; they open nothing else.
DEMO_COMPANY, DEMO_USER, DEMO_PASSWORD = "DEMO01", "DAYBREAK", "demo-pass-1"

#: How the demo's save request is addressed.
DEMO_SAVE_PATTERN = r"/action/BulkUpload\b"


class ErpSettings(Group):
    """Who signs in where, and how. In demo mode these are the embedded ERP's own: see `of_demo`."""

    #: Which ERP this is: a package of worker/erp, or package.module:Class of your own.
    name: str = Field(default="ecount", alias="ERP")
    url: str = Field(default="", alias="ERP_URL")
    #: The company, database or tenant whose books are written, as the ERP names it.
    company: str = Field(default="", alias="ERP_COMPANY")
    user: str = Field(default="", alias="ERP_USER")
    password_file: str = Field(default="", alias="ERP_PASSWORD_FILE")
    #: What a page may reach beside the ERP's own hosts.
    hosts: HostNames = Field(default=frozenset(), alias="ERP_HOSTS")
    #: The office's proxy, by which the browser and its driver reach the ERP; the other file holds `user:password`.
    proxy_url: str = ""
    proxy_login_file: str = ""
    #: True when a rival that can only be our own earlier session may be thrown out.
    take_over: Switch = False
    save_pattern: str = ""

    sign_in_s: Seconds = 60
    list_s: Seconds = 30
    step_s: Seconds = 15
    result_s: Seconds = 60

    chromium: str = ""
    headed: Switch = False

    demo_port: Annotated[int, Field(ge=1, le=65535)] = 8800
    demo_control_port: Annotated[int, Field(ge=1, le=65535)] = 8801

    #: The section [markers] of local.ini, as it is written: marks of the ERP's screens that differ from our table.
    markers: Mapping[str, str] = Field(default_factory=dict)
    #: Reads the password in the place of `password_file`; None: the file.
    password_from: Callable[[], SecretStr] | None = Field(default=None, exclude=True)

    @field_validator("url")
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

    @property
    def demo(self) -> bool:
        """True in demo mode: only an empty ERP_URL means it."""
        return not self.url

    def of_demo(self) -> "ErpSettings":
        """Return these settings with the embedded ERP's own user, save request and habits."""
        own = {"company": DEMO_COMPANY, "user": DEMO_USER, "take_over": True}
        return self.model_copy(update={**own, "save_pattern": self.save_pattern or DEMO_SAVE_PATTERN})

    @property
    def address(self) -> str:
        """Where the worker opens the ERP."""
        return self.url or f"http://127.0.0.1:{self.demo_port}/"

    @property
    def origin(self) -> str:
        """Scheme, host and port of the ERP, as the ledger and the machine-wide lock name it."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @property
    def account(self) -> str:
        """Origin, company and user: whose session a stored one is."""
        return f"{self.origin} {self.company} {self.user}"

    @property
    def save_request(self) -> re.Pattern[str] | None:
        """The save request's address, or None while nobody has confirmed it."""
        return re.compile(self.save_pattern) if self.save_pattern else None

    @property
    def proxy(self) -> Proxy | None:
        """The office's proxy, if there is one."""
        values = {"PROXY_URL": self.proxy_url, office_proxy.LOGIN: self.proxy_login_file}
        return office_proxy.read(values, installation.ini_path().parent)

    def password(self) -> SecretStr:
        """Read the password, anew at each use. Raises SettingsError; its text never holds the password."""
        if self.password_from is not None:
            return self.password_from()
        if self.demo:
            return SecretStr(DEMO_PASSWORD)
        return SecretStr(secret.password(self._password_path(), "ERP_PASSWORD_FILE"))

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
        return secret.place(self.password_file, installation.ini_path().parent)
