"""What ssh on this machine says: a new key, sshd's own keys, and what a key can really do, tried on the loopback."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message

#: By this name another machine knows this one's keys, whatever its address is.
ALIAS = "daybreak"

#: A program of ssh, and a connection to sshd, may take so long (seconds).
PATIENCE = 20.0

#: Where sshd's public keys lie while it does not run.
HOST_KEYS = Path("/etc/ssh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A new pair of keys, without a passphrase."""

    private: str
    #: `type base64`.
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An sshd on this machine and the port of the page behind it."""

    user: str
    ssh_port: int
    page_port: int


def new_key(comment: str) -> Key:
    """Return a new key. Raises DaybreakError where there is no ssh-keygen, or it fails."""
    if shutil.which("ssh-keygen") is None:
        raise DaybreakError(message("making a key: there is no ssh-keygen here. Install the package openssh-client"))
    with tempfile.TemporaryDirectory(prefix="daybreak-key-") as folder:
        path = Path(folder) / "key"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
        done = _run(command)
        if done is None or done.returncode != 0:
            error = done.stderr.strip() if done is not None else "-"
            raise DaybreakError(message("making a key: ssh-keygen failed: {error}", error=error))
        kind, public, *_ = path.with_suffix(".pub").read_text(encoding="utf-8").split()
        return Key(private=path.read_text(encoding="ascii"), public=f"{kind} {public}")


def is_running(port: int) -> bool:
    """True where an sshd answers on the loopback."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        return connection.recv(4) == b"SSH-"
    return False


def host_keys(port: int) -> tuple[str, ...]:
    """Return sshd's public keys as lines of a known_hosts file under ALIAS; nothing where none can be found out."""
    done = _run(["ssh-keyscan", "-T", "5", "-p", str(port), "127.0.0.1"])
    lines = done.stdout.splitlines() if done is not None else []
    found = [line.split()[1:3] for line in lines if line and not line.startswith("#")]
    if not found:
        for path in sorted(HOST_KEYS.glob("ssh_host_*_key.pub")):
            with suppress(OSError, ValueError):
                found.append(path.read_text(encoding="utf-8").split()[:2])
    return tuple(f"{ALIAS} {kind} {key}" for kind, key in sorted(map(tuple, found)))


def why_closed(key: Key, door: Door) -> str:
    """Say why the page can't be reached by this key, in ssh's words, or return an empty text."""
    with _identity(key) as identity:
        done = _run([*_command(door, identity), "-W", f"127.0.0.1:{door.page_port}", f"{door.user}@127.0.0.1"])
        if done is None:
            return "-"
        return "" if done.returncode == 0 else " ".join(done.stderr.split())


def makes_sockets(key: Key, door: Door) -> bool:
    """True where the key can make socket files in this user's folders.

    Only sshd's own settings forbid that. `permitopen` limits what the key connects to; no option of a key keeps it from
    listening at a socket file (ssh(1), -R).
    """
    with _identity(key) as identity:
        path = identity.with_name("socket")
        command = [*_command(door, identity), "-N", "-R", f"{path}:127.0.0.1:{door.page_port}"]
        tunnel = subprocess.Popen(
            [*command, f"{door.user}@127.0.0.1"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + PATIENCE
            while not path.exists() and tunnel.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
            return path.exists()
        finally:
            tunnel.kill()
            tunnel.wait()


@contextmanager
def _identity(key: Key) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="daybreak-key-") as folder:
        path = Path(folder) / "key"
        path.touch(mode=0o600)
        path.write_text(key.private, encoding="ascii")
        yield path


def _command(door: Door, identity: Path) -> list[str]:
    # sshd's key is not asked about: it is this very machine.
    return [
        "ssh", "-F", "none", "-T", "-i", str(identity), "-p", str(door.ssh_port), "-o", "IdentitiesOnly=yes",
        "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
        "-o", "ExitOnForwardFailure=yes", "-o", "ConnectTimeout=10",
    ]  # fmt: skip


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str] | None":
    """Return what a program says; None where it is not there or takes too long."""
    try:
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
