"""The office's proxy as PROXY_URL and PROXY_LOGIN_FILE name it. Light: the guards and the sender read it as well."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from worker.config import secret
from worker.errors import SettingsError
from worker.i18n import message, said_by
from worker.runtime import logs
from worker.runtime.upstream import Proxy

#: The setting with the file of the login.
LOGIN = "PROXY_LOGIN_FILE"


def read(values: Mapping[str, str], folder: Path) -> Proxy | None:
    """Return the proxy that these settings name; None for none, and for an address that is wrong.

    A relative file counts from `folder`. Whether the login can be read shows when it is used.
    """
    text = str(values.get("PROXY_URL", "")).strip()
    if not text or why_no_address(text):
        return None
    parts = urlsplit(text)
    file = str(values.get(LOGIN, "")).strip()
    return Proxy(host=parts.hostname or "", port=parts.port or 0, login=lambda: _login(file, folder))


def why_not(values: Mapping[str, str], folder: Path) -> str:
    """Say why these settings name no proxy that could be used, or return an empty text."""
    text = str(values.get("PROXY_URL", "")).strip()
    if text and (why := why_no_address(text)):
        return message("PROXY_URL: {why}", why=why)
    found = read(values, folder)
    try:
        if found is not None:
            found.login()
    except SettingsError as error:
        return said_by(error)
    return ""


def why_no_address(text: str) -> str:
    """Say why a text is no proxy's address, or return an empty text."""
    if "@" in text:
        return message(
            "it holds a user or a password: write the address alone, and user:password into a file of mode "
            "0600 that PROXY_LOGIN_FILE names"
        )
    try:
        parts = urlsplit(text)
        is_alone = parts.path in ("", "/") and not parts.query and not parts.fragment
        is_well = parts.scheme == "http" and parts.hostname and parts.port and is_alone
    except ValueError:
        is_well = False
    return "" if is_well else message("write the proxy's address and port, such as http://proxy.example.com:3128")


def _login(file: str, folder: Path) -> str:
    """Read the proxy's `user:password`, anew at each use; "" if it asks for none. Raises SettingsError."""
    if not file:
        return ""
    login = secret.password(secret.place(file, folder), LOGIN)
    user, colon, password = login.partition(":")
    if not user or not colon:
        raise SettingsError(message("{setting} holds no user:password; write both, a colon between", setting=LOGIN))
    logs.hide(password)
    return login
