"""The way to the page from a Windows PC: a file that opens it by a double click, the list of them, and their end."""

import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worker.admin import authorized_keys, ssh_access, windows_page
from worker.admin.authorized_keys import Granted
from worker.admin.ssh_access import Door, Key
from worker.admin.windows_page import Shortcut
from worker.errors import DaybreakError
from worker.i18n import Message, message
from worker.runtime.files import write_private
from worker.runtime.locks import alone

#: The name of a file for nobody in particular.
NAME = "office"

#: Characters that a name, a machine and a user may have.
_NAME = re.compile(r"(?! )[\w .()-]{1,40}(?<![ .])")
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}")

#: An address of which nothing is known but that it is none of this network (RFC 5737). No packet is sent to it.
_ELSEWHERE = ("192.0.2.1", 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The page that is to be reached, and whose keys are written down."""

    data: Path
    port: int
    keys: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a PC comes to this machine."""

    name: str = NAME
    #: Names and addresses of this machine, tried in turn; none: its own name and address.
    machines: Sequence[str] = ()
    #: Whose authorized_keys lets it in.
    user: str
    ssh_port: int = 22
    #: Where to write the file; None: into the data folder.
    to: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that was written."""

    path: Path
    machines: tuple[str, ...]
    #: True when an earlier file of this name is worth nothing any more.
    is_anew: bool
    #: What keeps it from working, or lets it do more than it should.
    warnings: tuple[Message, ...]


def for_windows(place: Place, wanted: Wanted) -> Opened:
    """Write the file, and its key into authorized_keys; an earlier one of this name ends.

    Raises DaybreakError for a name that can't be one and where there is no ssh-keygen, OSError.
    """
    name, machines, user = _checked(wanted)
    key = ssh_access.new_key(f"{authorized_keys.MARK}{name}")
    door = Door(user=user, ssh_port=wanted.ssh_port, page_port=place.port)
    is_running = ssh_access.is_running(wanted.ssh_port)
    known = ssh_access.host_keys(wanted.ssh_port)
    shortcut = Shortcut(
        port=place.port, user=user, machines=machines, ssh_port=wanted.ssh_port, key=key, known=known
    )  # fmt: skip
    path = wanted.to or place.data / f"daybreak-{name}.cmd"
    with _turn(place):
        # The file first: a key that nobody has opens nothing, and a key that is written down alone helps nobody.
        write_private(path, windows_page.content(shortcut))
        is_anew = authorized_keys.grant(place.keys, key.public, name=name, port=place.port)
    warnings = tuple(_warnings(key, door, is_running=is_running))
    return Opened(path=path, machines=machines, is_anew=is_anew, warnings=warnings)


def listed(place: Place) -> tuple[Granted, ...]:
    """Return who can come to this page by such a file. Raises OSError."""
    return tuple(one for one in authorized_keys.granted(place.keys) if one.port == place.port)


def revoke(place: Place, name: str) -> None:
    """Let a file in no more. A connection that is open lasts until its PC ends it. Raises DaybreakError, OSError."""
    with _turn(place):
        if not authorized_keys.revoke(place.keys, name=name, port=place.port):
            raise DaybreakError(message("{name} has no file that opens the page. See: daybreak page --revoke",
                                        name=name))  # fmt: skip
        with suppress(OSError):  # it is worth nothing any more
            (place.data / f"daybreak-{name}.cmd").unlink(missing_ok=True)


def own_names() -> tuple[str, ...]:
    """Return this machine's name and its address on the network, as far as they are known."""
    found = [socket.getfqdn()]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ELSEWHERE)
        found.append(probe.getsockname()[0])
    return tuple(dict.fromkeys(one for one in found if _MACHINE.fullmatch(one) and one != "localhost"))


def _checked(wanted: Wanted) -> tuple[str, tuple[str, ...], str]:
    if not _NAME.fullmatch(wanted.name):
        raise DaybreakError(
            message("{name} can't be the name of a file: write 1 to 40 letters, numbers and blanks", name=wanted.name)
        )
    machines = tuple(wanted.machines) or own_names()
    for machine in machines:
        if not _MACHINE.fullmatch(machine):
            raise DaybreakError(message("{machine} is no name or address of a machine", machine=machine))
    if not machines:
        raise DaybreakError(message("this machine's own name is not known: say --host NAME"))
    if not _USER.fullmatch(wanted.user):
        raise DaybreakError(message("{user} is no user of this machine", user=wanted.user))
    return wanted.name, machines, wanted.user


def _warnings(key: Key, door: Door, *, is_running: bool) -> Iterator[Message]:
    if not is_running:
        yield message(
            "no sshd answers at port {port} of this machine, so the file opens nothing yet. Install and start it: "
            "sudo apt install openssh-server",
            port=str(door.ssh_port),
        )
        return
    if why := ssh_access.why_closed(key, door):
        yield message(
            "the page could not be reached by this key: {error}. Look whether the page runs (circusctl status console) "
            "and whether sshd allows keys and forwarding (AllowTcpForwarding)",
            error=why,
        )
    elif ssh_access.makes_sockets(key, door):
        yield message(
            "sshd lets such a key also make socket files in folders of the user {user}; only its own settings can "
            "forbid that. Write into /etc/ssh/sshd_config.d/daybreak.conf and restart sshd: AllowStreamLocalForwarding "
            "no",
            user=door.user,
        )


@contextmanager
def _turn(place: Place) -> Iterator[None]:
    place.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(place.data / "page_keys.lock") as is_ours:
        if not is_ours:
            raise DaybreakError(message("changing who may come to the page: another program is at it. Try again"))
        yield
