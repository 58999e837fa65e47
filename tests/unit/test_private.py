"""Nobody is let in: what others made is not used, and what we make is ours alone from its first byte on."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.rig import PROJECT
from worker import heartbeat
from worker.config import secret
from worker.heartbeat import Heartbeat, Phase
from worker.identity import Identity
from worker.runtime import private

#: Another user of the same machine (nobody).
OTHER = 65534

BECOME = f"os.setgroups([]); os.setgid({OTHER}); os.setuid({OTHER})"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


def run_as_other(code: str, folder: Path) -> str:
    """Run Python code as another user with `folder` as its folder for temporary files; return what it printed."""
    done = subprocess.run(
        # What another user could not even read is loaded before.
        [
            sys.executable,
            "-c",
            f"import os\nfrom pathlib import Path\nfrom worker.browser import sweep\n{BECOME}\n{code}",
        ],
        env={"PATH": os.defpath, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def everybodys(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is like /tmp, and can be reached by everybody."""
    folder = Path("/tmp") / f"daybreak-test-{os.getpid()}-{tmp_path.name}"
    folder.mkdir()
    folder.chmod(0o1777)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.mark.parametrize("forged", ["a folder", "a link", "a file", "an open folder"])
@as_root
def test_a_folder_that_another_user_made_never_becomes_the_browsers(everybodys: Path, forged: str) -> None:
    data = everybodys / "data"
    data.mkdir(mode=0o700)
    os.chown(data, OTHER, OTHER)
    code = f"print(sweep(Path({str(data)!r})))"
    usual = Path(run_as_other(code, everybodys))
    assert usual.parent == everybodys
    usual.rmdir()
    if forged == "a link":
        usual.symlink_to(everybodys / "elsewhere")
    elif forged == "a file":
        usual.touch()
    else:
        usual.mkdir(mode=0o777 if forged == "an open folder" else 0o755)

    place = Path(run_as_other(code, everybodys))

    assert place == data / "tmp"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


@as_root
def test_a_forged_beat_makes_no_worker_look_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "heartbeat.txt"
    forged = tmp_path / "memory" / "beat"
    monkeypatch.setattr(heartbeat, "fallback", lambda _: forged)
    forged.parent.mkdir(mode=0o700)
    beat = Heartbeat(
        identity=Identity.own(), phase=Phase.WAITING, patience=10, at=datetime.now().astimezone(), ticks=1e9
    )
    beat.write(forged)
    found = heartbeat.read(path)
    assert found is not None
    assert found.ticks == beat.ticks

    os.chown(forged.parent, OTHER, OTHER)

    assert heartbeat.read(path) is None


def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o755)

    with pytest.raises(private.NotOurs, match="others can enter it"):
        private.make(tmp_path / "open")


def test_the_data_folder_is_put_right_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    assert private.put_right(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert not private.put_right(tmp_path)
    assert not private.put_right(tmp_path / "not there yet")


def test_a_secret_may_come_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "erp").write_text("p4ss", encoding="utf-8")
    (tmp_path / "erp").chmod(0o400)
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}

    path = secret.place("credential:erp", tmp_path / "elsewhere", given)

    assert secret.password(path, "ERP_PASSWORD_FILE") == "p4ss"
    assert secret.place("credential:../../etc/passwd", tmp_path, given) == tmp_path / "passwd"
