"""The file that opens the page on a Windows PC: what its key can do at a real sshd, and what it can't."""

import http.client
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests import sshd
from tests.rig import free_ports, is_listening, wait_until
from tests.sshd import SSHD, Sshd
from worker.admin import authorized_keys, ssh_access
from worker.admin.authorized_keys import Granted
from worker.cli.commands import app
from worker.errors import DaybreakError
from worker.operations import page_access
from worker.operations.page_access import Opened, Place, Wanted
from worker.runtime import files

needs_sshd = pytest.mark.skipif(SSHD is None, reason="no sshd on this machine")

OTHERS = (
    b'# mine\n\nssh-ed25519 AAAAC3Nz somebody@else\r\nrestrict,command="x" ssh-rsa AAAAB3 \xff\xfe last without an end'
)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the page")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Sshd]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with sshd.running(folder) as found:
        yield found


def place_of(folder: Path, port: int, keys: Path) -> Place:
    return Place(data=folder / "var", port=port, keys=keys)


def key_in(path: Path, folder: Path) -> Path:
    """Write the key of a file as the file does on Windows; return where it is."""
    text = path.read_bytes().decode("utf-8")
    found = re.search(r"-----BEGIN OPENSSH PRIVATE KEY-----.*?-----END OPENSSH PRIVATE KEY-----", text, re.DOTALL)
    assert found
    identity = folder / "identity"
    identity.touch(mode=0o600)
    identity.write_bytes(found[0].replace("\r", "").encode() + b"\n")
    return identity


def reaches(door: Sshd, identity: Path, inner: Path, outer: Path) -> bool:
    """True where a socket file of this machine is reached by the key; a port is not the only thing to forward to."""
    with socket.socket(socket.AF_UNIX) as waiting, socket.socket(socket.AF_UNIX) as probe:
        waiting.bind(str(inner))
        waiting.listen()
        with door.forwarding(identity, f"{outer}:{inner}"):
            wait_until("the forwarded socket", outer.exists)
            probe.connect(str(outer))
            probe.settimeout(60)
            waiting.setblocking(False)
            assert probe.recv(1) == b"", "ssh closes it once sshd has refused"
            with suppress(BlockingIOError):
                waiting.accept()
                return True
            return False


@needs_sshd
def test_the_key_opens_the_pages_port_and_nothing_else_until_it_is_revoked(
    tmp_path: Path, door: Sshd, page: int
) -> None:
    place = place_of(tmp_path, page, door.keys)
    opened = page_access.for_windows(
        place, Wanted(name="박 경리", machines=("127.0.0.1",), user=door.user, ssh_port=door.port)
    )
    identity = key_in(opened.path, tmp_path)
    local, other = free_ports(2)
    with door.forwarding(identity, f"127.0.0.1:{local}:127.0.0.1:{page}"):
        wait_until("the forwarded port", lambda: is_listening(local))
        connection = http.client.HTTPConnection("127.0.0.1", local, timeout=60)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"the page"
        connection.close()

    assert not reaches(door, identity, tmp_path / "inner", tmp_path / "outer")
    for words in (
        ("-W", f"127.0.0.1:{door.port}"),
        ("-W", f"localhost:{page}"),
        ("-W", f"[::1]:{page}"),
        ("-N", "-R", f"127.0.0.1:{other}:127.0.0.1:{page}"),
        ("-N", "-R", f"{other}:127.0.0.1:{page}"),
        ("-N", "-w", "any"),
    ):
        done = door.ssh(identity, *words)
        assert done.returncode != 0, words
        assert done.stdout == ""
    assert door.ssh(identity, "-s", then="sftp").returncode == 1
    shell = door.ssh(identity, "-T", "-A", "-X", then=f"id; echo $SSH_AUTH_SOCK > {tmp_path / 'came-in'}")
    assert shell.returncode == 1
    assert "uid=" not in shell.stdout
    assert not (tmp_path / "came-in").exists()

    assert door.ssh(identity, "-W", f"127.0.0.1:{page}").returncode == 0
    page_access.revoke(place, "박 경리")
    refused = door.ssh(identity, "-W", f"127.0.0.1:{page}")
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr
    assert not opened.path.exists()


@needs_sshd
@pytest.mark.parametrize(("sockets", "warns"), [("yes", True), ("no", False)])
def test_what_only_sshd_itself_can_forbid_is_tried_and_said(
    tmp_path: Path, page: int, sockets: str, warns: bool
) -> None:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with sshd.running(folder, sockets=sockets) as door:
        place = place_of(tmp_path, page, door.keys)
        opened = page_access.for_windows(place, Wanted(machines=("127.0.0.1",), user=door.user, ssh_port=door.port))
        assert ["AllowStreamLocalForwarding" in one for one in opened.warnings] == [True] * warns

        (closed,) = free_ports(1)
        place = place_of(tmp_path, closed, door.keys)
        opened = page_access.for_windows(place, Wanted(machines=("127.0.0.1",), user=door.user, ssh_port=door.port))
        assert ["the page could not be reached" in one for one in opened.warnings] == [True]


@needs_sshd
def test_the_file_knows_sshds_own_key_and_asks_about_none(tmp_path: Path, door: Sshd, page: int) -> None:
    opened = page_access.for_windows(
        place_of(tmp_path, page, door.keys), Wanted(machines=("127.0.0.1",), user=door.user, ssh_port=door.port)
    )

    text = opened.path.read_text(encoding="utf-8")
    own = (door.keys.parent / "host_key.pub").read_text(encoding="utf-8").split()[1]
    assert f"{ssh_access.ALIAS} ssh-ed25519 {own}" in text
    assert "$check = 'yes'" in text


def written(folder: Path, name: str = "office", *, keys: Path | None = None) -> Opened:
    (unused,) = free_ports(1)
    place = place_of(folder, 8810, keys or folder / "ssh" / "authorized_keys")
    return page_access.for_windows(
        place, Wanted(name=name, machines=("keeper-pc", "192.0.2.7"), user="kim", ssh_port=unused)
    )


def test_the_file_is_for_windows_and_for_its_owner_alone(tmp_path: Path) -> None:
    opened = written(tmp_path, "박 경리")

    content = opened.path.read_bytes()
    assert opened.path.name == "daybreak-박 경리.cmd"
    assert opened.path.stat().st_mode & 0o777 == 0o600
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert not content.startswith(b"\xef\xbb\xbf")
    head, _, rest = content.partition(b"# The rest is PowerShell")
    assert head.isascii()
    assert head.rstrip().endswith(b"exit /b %errorlevel%")
    text = rest.decode("utf-8")
    assert "$machines = @('keeper-pc', '192.0.2.7')" in text
    assert "업무 화면" in text
    assert "''" in text, "a quote in a text ends none"
    assert not re.search(r"@[A-Z_]+@", text)
    assert ["no sshd answers" in one for one in opened.warnings] == [True]


def test_lines_of_others_stay_as_they_are_byte_for_byte(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    real.write_bytes(OTHERS)
    real.chmod(0o640)
    keys = tmp_path / "ssh" / "authorized_keys"
    keys.parent.mkdir()
    keys.symlink_to(real)
    place = place_of(tmp_path, 8810, keys)

    first = written(tmp_path, "kim", keys=keys)
    again = written(tmp_path, "kim", keys=keys)
    written(tmp_path, "lee", keys=keys)

    assert (first.is_anew, again.is_anew) == (False, True)
    assert real.read_bytes().startswith(OTHERS + b"\nrestrict,port-forwarding,")
    assert page_access.listed(place) == (Granted(name="kim", port=8810), Granted(name="lee", port=8810))
    page_access.revoke(place, "kim")
    page_access.revoke(place, "lee")
    assert real.read_bytes() == OTHERS + b"\n"
    assert keys.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    with pytest.raises(DaybreakError, match="kim has no file"):
        page_access.revoke(place, "kim")


def test_what_others_write_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "authorized_keys"
    keys.write_bytes(OTHERS)
    added = list[bytes]()

    def meanwhile(path: Path) -> None:
        files.sync(path)
        if len(added) < 3:
            added.append(b"\nssh-ed25519 AAAA late-%d" % len(added))
            with keys.open("ab") as file:
                file.write(added[-1])

    monkeypatch.setattr("worker.admin.authorized_keys.sync", meanwhile)

    authorized_keys.grant(keys, "ssh-ed25519 AAAA", name="kim", port=8810)

    assert keys.read_bytes().startswith(OTHERS + b"".join(added) + b"\nrestrict,")
    assert len(authorized_keys.granted(keys)) == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(name="a\nssh-rsa AAAA", user="kim"), "can't be the name"),
        (Wanted(name="../x", user="kim"), "can't be the name"),
        (Wanted(name='a"b', user="kim"), "can't be the name"),
        (Wanted(name=" a", user="kim"), "can't be the name"),
        (Wanted(name="x" * 41, user="kim"), "can't be the name"),
        (Wanted(machines=("-oProxyCommand=x",), user="kim"), "no name or address"),
        (Wanted(machines=("a'; calc; '",), user="kim"), "no name or address"),
        (Wanted(machines=("a",), user="-l root"), "no user"),
    ],
)
def test_what_would_be_another_line_or_option_is_refused(tmp_path: Path, wanted: Wanted, said: str) -> None:
    place = place_of(tmp_path, 8810, tmp_path / "authorized_keys")

    with pytest.raises(DaybreakError, match=said):
        page_access.for_windows(place, wanted)

    assert not place.keys.exists()
    assert not place.data.exists()


def test_a_line_that_only_looks_like_ours_is_left_alone(tmp_path: Path) -> None:
    keys = tmp_path / "authorized_keys"
    theirs = b"ssh-ed25519 AAAA daybreak page: kim\n# " + authorized_keys.OPTIONS.format(port=8810).encode() + b"\n"
    keys.write_bytes(theirs)

    assert authorized_keys.granted(keys) == ()
    assert not authorized_keys.revoke(keys, name="kim", port=8810)
    assert keys.read_bytes() == theirs


@pytest.fixture
def do(project: Path) -> Callable[..., Result]:
    keys = project / "authorized_keys"
    return lambda *words: CliRunner().invoke(app, ["page", *words, "--keys", str(keys)])


def test_the_verb_writes_lists_and_revokes(data: Path, do: Callable[..., Result]) -> None:
    (unused,) = free_ports(1)

    said = do("--for-windows", "kim", "--host", "keeper-pc", "--ssh-port", str(unused)).stdout

    assert f"{data}/daybreak-kim.cmd: bring it to the PC" in said
    assert "It looks for keeper-pc." in said
    assert "no sshd answers at port" in said
    listed = do("--revoke").stdout.splitlines()
    assert listed[0] == "kim"
    assert "kim: the file opens the page no more" in do("--revoke", "kim").stdout
    assert "No file opens the page" in do("--revoke").stdout
    assert "goes with --for-windows" in str(do("kim").exception)
    assert "stand alone" in str(do("--for-windows", "--revoke").exception)


def test_this_machine_is_looked_for_by_its_own_name_or_address() -> None:
    for name in page_access.own_names():
        assert re.fullmatch(r"[A-Za-z0-9.:-]+", name)
