"""The file that opens the page on a Windows PC by a double click: Windows' own ssh, then the browser.

A .cmd whose first lines are ASCII for cmd, and whose rest is PowerShell in UTF-8: cmd reads no line of it, so the code
page of its window does not matter.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.admin.ssh_access import Key
from worker.i18n.language import Language
from worker.i18n.words import Words

TEMPLATE = Path(__file__).with_name("windows_page.cmd")

TEXTS = {
    "TITLE": Words("daybreak: keep this window open"),
    "ENTER": Words("Press Enter to close this window"),
    "NO_SSH": Words(
        "Windows' own OpenSSH client is missing. Settings, Apps, Optional features: add OpenSSH Client, then "
        "double-click this file once more."
    ),
    "CONNECTING": Words("Connecting to the machine of daybreak ..."),
    "NO_MACHINE": Words(
        "The machine of daybreak can't be reached. Is it switched on, and is this computer on the office's network?"
    ),
    "OPEN": Words("The page is open in your browser. Minimise this window; closing it ends the connection."),
    "REFUSED": Words(
        "The machine of daybreak lets this file in no more, or the connection is not possible. Ask the person who "
        "looks after the machine for a new file."
    ),
    "AGAIN": Words("The connection was cut. It is made again ..."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """What such a file needs to know."""

    port: int
    user: str
    #: Names and addresses of the machine; the first that answers is taken.
    machines: Sequence[str]
    ssh_port: int
    key: Key
    #: Lines of a known_hosts file; without any, what answers first is believed and remembered.
    known: Sequence[str]


def content(shortcut: Shortcut) -> bytes:
    """Return the file, with the line ends of Windows."""
    values = {
        "ID": f"page-{shortcut.port}-{hashlib.sha256(shortcut.key.public.encode()).hexdigest()[:8]}",
        "PORT": str(shortcut.port),
        "SSH_PORT": str(shortcut.ssh_port),
        "USER": _quoted(shortcut.user),
        "MACHINES": ", ".join(f"'{_quoted(one)}'" for one in shortcut.machines),
        "CHECK": "yes" if shortcut.known else "accept-new",
        "KNOWN": "\n".join(shortcut.known),
        "KEY": shortcut.key.private.strip(),
        "TEXTS_KO": _texts(Language.KO),
        "TEXTS_EN": _texts(Language.EN),
    }
    text = re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], TEMPLATE.read_text(encoding="utf-8"))
    return text.replace("\n", "\r\n").encode("utf-8")


def _texts(language: Language) -> str:
    return "\n".join(f"        {name} = '{_quoted(text(language))}'" for name, text in TEXTS.items())


def _quoted(text: str) -> str:
    """Return a text as it stands between the single quotes of PowerShell, which knows several such signs."""
    return re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text)
