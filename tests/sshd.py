"""A real sshd on the loopback, with files of its own, for who may come to the page by ssh."""

import getpass
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rig import free_ports, wait_until
from worker.admin import ssh_access

#: Where sshd lies; no search path of a user names it.
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowStreamLocalForwarding {sockets}
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sshd:
    """One sshd that lets this user in by the keys of a file."""

    port: int
    keys: Path
    user: str

    def command(self, identity: Path, *words: str) -> list[str]:
        """Return what a client of its own types: the machine's settings and keys count for nothing."""
        return [
            *("ssh", "-F", "none", "-i", str(identity), "-p", str(self.port), "-o", "IdentitiesOnly=yes"),
            *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
            *(*words, f"{self.user}@127.0.0.1"),
        ]

    def ssh(self, identity: Path, *words: str, then: str = "") -> "subprocess.CompletedProcess[str]":
        """Ask as such a client does, which ends where it can't forward. `then`: what it would have run there."""
        command = [*self.command(identity, "-o", "ExitOnForwardFailure=yes", *words), *([then] if then else [])]
        return subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )

    @contextmanager
    def forwarding(self, identity: Path, where: str) -> Iterator[None]:
        """Run a client that forwards, `-L where`, for the length of a block."""
        client = subprocess.Popen(
            self.command(identity, "-N", "-T", "-L", where), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            client.kill()
            client.wait()


@contextmanager
def running(folder: Path, *, sockets: str = "yes") -> Iterator[Sshd]:
    """Run one for the length of a block. `sockets`: sshd's AllowStreamLocalForwarding."""
    assert SSHD is not None, "the test asks for it first"
    (port,) = free_ports(1)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/host_key"], check=True)
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=port, folder=folder, sockets=sockets), encoding="utf-8")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where it runs as root it wants this
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log)
        try:
            wait_until("sshd", lambda: ssh_access.is_running(port))
            yield Sshd(port=port, keys=folder / "authorized_keys", user=getpass.getuser())
        finally:
            process.terminate()
            process.wait(10)
