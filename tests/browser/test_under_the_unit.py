"""The service's unit lets a real Chromium work, and little else: its directives by the kernel's own means."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.erp import DemoErp
from tests.rig import PROJECT, wait_until
from worker.admin import service
from worker.runtime import installation, reaper

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do what systemd does")

#: Tells, as one line, what a process under the unit can do.
TRY = """
import os, socket
from pathlib import Path
def can(do):
    try:
        do()
    except OSError:
        return False
    return True
data, other = os.environ["MINE"], os.environ["OTHER"]
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(dict(
    data=can(lambda: Path(data, "x").write_text("x")), shared=can(lambda: Path("/dev/shm", f"t-{os.getpid()}").touch()),
    elsewhere=can(lambda: Path(other, "x").write_text("x")), etc=can(lambda: Path("/etc/x-daybreak").touch()),
    home=can(lambda: Path.home().joinpath("x-daybreak").touch()),
    packets=can(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    cryptography=can(lambda: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)),
    netlink=can(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    capabilities=int(status["CapEff"], 16), bounding=int(status["CapBnd"], 16),
    privileges=status["NoNewPrivs"].strip() == "0", mode=oct(os.stat(Path(data, "x")).st_mode & 0o777),
))
Path("/dev/shm", f"t-{os.getpid()}").unlink()
"""


@pytest.fixture(params=["root", "nobody"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[service.Place]:
    """The place of a service of root and of somebody else; its data folder is his own."""
    folder = Path("/var/tmp") / f"daybreak-unit-{os.getpid()}-{tmp_path.name}"
    data = folder / "var"
    data.mkdir(parents=True)
    folder.chmod(0o755)
    data.chmod(0o700)
    shutil.chown(data, request.param, None)
    yield service.Place(
        project=folder, data=data, system=True, name="daybreak", user=request.param, home=Path("/nonexistent")
    )
    shutil.rmtree(folder)


def under(place: service.Place, *command: str) -> list[str]:
    """Return a command as the unit of this place runs it."""
    file = place.project / "unit"
    # The project is this one, read-only; in its place the data folder may be written.
    file.write_text(service.unit(place).replace(f'"-{place.project}" ', ""), encoding="utf-8")
    python = str(Path(sys.base_prefix).resolve())
    return [sys.executable, "-m", "tests.tools.confined", "--expose", python, str(file), *command]


def test_nothing_is_written_but_what_is_named_and_no_right_is_left(place: service.Place) -> None:
    environment = {**os.environ, "MINE": str(place.data), "OTHER": "/var/tmp", "PYTHONDONTWRITEBYTECODE": "1"}

    done = subprocess.run(
        under(place, sys.executable, "-c", TRY), env=environment, cwd=PROJECT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout) == {
        "data": True, "shared": True, "elsewhere": False, "etc": False, "home": False, "packets": False,
        "cryptography": False, "netlink": True, "capabilities": 0, "bounding": 0, "privileges": False, "mode": "0o600",
    }  # fmt: skip


def test_a_worker_posts_with_a_real_chromium_under_the_unit(place: service.Place) -> None:
    with DemoErp(payments=0) as erp:
        erp.add(amount=1000)
        file = place.project / "circus.ini"
        settings = {"DATA_DIR": place.data, "DEMO_PORT": erp.port, "DEMO_CONTROL_PORT": erp.control_port}
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        file.write_text(f"[env:worker]\n{lines}", encoding="utf-8")
        environment = {**os.environ, installation.INI_VARIABLE: str(file), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            under(place, sys.executable, "-m", "worker"), env=environment, cwd=PROJECT, stderr=subprocess.PIPE
        )
        try:
            wait_until("the deposit", lambda: erp.slips() or process.poll() is not None, 240)
        finally:
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=90)[1].decode()
            reaper.end_browsers(place.data)
        found = [slip["amount"] for slip in erp.slips()]

    log = "".join(one.read_text(encoding="utf-8") for one in (place.data / "logs").glob("worker_*.log"))
    assert found == [1000], said + log
    assert "[ERROR]" not in log
