"""Which Chromium is taken, and what is said when there is none."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from worker.admin.chromium import main
from worker.browser import chromium


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser anywhere but where a test puts one."""
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "ms-playwright"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "PLACES", (str(tmp_path / "opt" / "chrome"),))


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    """Write a program that can be executed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def download(tmp_path: Path, name: str, *, program_path: str) -> Path:
    """Put a browser where Playwright unpacks it, complete with its mark."""
    found = program(tmp_path / "ms-playwright" / name / program_path)
    (tmp_path / "ms-playwright" / name / "INSTALLATION_COMPLETE").touch()
    return found


def test_the_configured_chromium_wins(tmp_path: Path) -> None:
    download(tmp_path, "chromium-1255", program_path="chrome-linux64/chrome")
    mine = program(tmp_path / "mine")

    assert chromium.find_chromium(str(mine)) == mine


def test_a_configured_path_that_is_no_program_is_refused_and_named(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "chromium")

    with pytest.raises(chromium.ChromiumMissing, match="CHROMIUM = /nowhere is not a program"):
        chromium.find_chromium("/nowhere")


def test_the_newest_download_of_playwright_comes_first(tmp_path: Path) -> None:
    download(tmp_path, "chromium-999", program_path="chrome-linux/chrome")
    download(
        tmp_path, "chromium_headless_shell-1255", program_path="chrome-headless-shell-linux64/chrome-headless-shell"
    )
    newest = download(tmp_path, "chromium-1255", program_path="chrome-linux64/chrome")
    program(tmp_path / "bin" / "chromium")

    assert chromium.find_chromium() == newest


def test_a_headless_shell_is_enough(tmp_path: Path) -> None:
    shell = download(tmp_path, "chromium_headless_shell-1200", program_path="chrome-linux/headless_shell")

    assert chromium.find_chromium() == shell


def test_a_download_that_broke_off_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "ms-playwright" / "chromium-1255" / "chrome-linux64" / "chrome")
    whole = download(tmp_path, "chromium-1200", program_path="chrome-linux/chrome")

    assert chromium.find_chromium() == whole


def test_the_system_is_searched_in_order_of_likelihood(tmp_path: Path) -> None:
    in_opt = program(tmp_path / "opt" / "chrome")
    assert chromium.find_chromium() == in_opt

    edge = program(tmp_path / "bin" / "microsoft-edge-stable")
    assert chromium.find_chromium() == edge

    chrome = program(tmp_path / "bin" / "google-chrome")
    assert chromium.find_chromium() == chrome

    debian = program(tmp_path / "bin" / "chromium")
    assert chromium.find_chromium() == debian


def test_the_stub_that_asks_for_the_snap_is_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(
        tmp_path / "bin" / "chromium-browser",
        "#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then echo 'snap install chromium' >&2; exit 1; fi\n",
    )
    monkeypatch.setattr(chromium, "is_program", lambda path: "/snap/" not in str(path) and os.access(path, os.X_OK))

    with pytest.raises(chromium.ChromiumMissing):
        chromium.find_chromium()


def test_without_any_the_message_says_where_it_looked_and_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(chromium.ChromiumMissing) as caught:
        chromium.find_chromium()

    message = str(caught.value)
    assert str(tmp_path / "ms-playwright") in message
    assert "google-chrome" in message
    assert str(tmp_path / "opt" / "chrome") in message
    assert "./scripts/start --setup-only" in message


def test_playwrights_folder_is_found_in_each_of_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "0")
    assert chromium.downloads_folder().parts[-4:] == ("playwright", "driver", "package", ".local-browsers")

    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert chromium.downloads_folder() == tmp_path / "ms-playwright"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert chromium.downloads_folder() == tmp_path / ".cache" / "ms-playwright"


@pytest.mark.parametrize(("user", "expected"), [(0, True), (1000, False)])
def test_the_sandbox_is_given_up_for_root_alone(monkeypatch: pytest.MonkeyPatch, user: int, expected: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)

    assert ("--no-sandbox" in chromium.launch_flags()) is expected


def test_shared_memory_that_is_small_or_missing_is_not_relied_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chromium.has_little_shared_memory(tmp_path / "missing")

    monkeypatch.setattr(chromium, "has_little_shared_memory", lambda: True)
    assert "--disable-dev-shm-usage" in chromium.launch_flags()


def test_a_browser_that_answers_runs(tmp_path: Path) -> None:
    assert chromium.why_not_running(program(tmp_path / "fine", "#!/bin/sh\necho Chromium 156\n")) is None


def test_a_browser_that_fails_is_quoted(tmp_path: Path) -> None:
    broken = program(tmp_path / "broken", "#!/bin/sh\necho 'libnss3.so: cannot open' >&2\nexit 127\n")

    assert chromium.why_not_running(broken) == "--version ended with exit code 127: libnss3.so: cannot open"


def test_a_browser_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    hanging = program(tmp_path / "hanging", f"#!/bin/sh\n/bin/sleep 60 >'{tmp_path}/held' &\nwait\n")

    assert chromium.why_not_running(hanging, within=0.2) == "gave no answer to --version within 0.2 s"

    os.set_blocking(held, True)
    assert os.read(held, 1) == b""  # comes only when the last writer, sleep, is gone
    os.close(held)


def ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / "circus.ini").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DAYBREAK_INI", str(tmp_path / "circus.ini"))


def test_the_command_prints_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini(tmp_path, monkeypatch, "[env:worker]\nCHROMIUM =\n")
    found = program(tmp_path / "bin" / "chromium")

    assert main(["--check"]) == 0
    assert capsys.readouterr().out == f"{found}\n"


def test_the_command_tells_a_missing_browser_from_a_wrong_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini(tmp_path, monkeypatch, "[env:worker]\n")
    assert main([]) == 1
    assert "looking for Chromium: none in" in capsys.readouterr().out

    ini(tmp_path, monkeypatch, "[env:worker]\nCHROMIUM = /nowhere\n")
    assert main([]) == 78
    assert "CHROMIUM = /nowhere" in capsys.readouterr().out


def test_the_check_says_which_browser_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ini(tmp_path, monkeypatch, "[env:worker]\n")
    broken = program(tmp_path / "bin" / "chromium", "#!/bin/sh\nexit 3\n")

    assert main([]) == 0
    assert main(["--check"]) == 1
    assert f"trying {broken}: --version ended with exit code 3" in capsys.readouterr().out


def test_what_playwright_switches_off_stays_off_though_its_flag_is_replaced() -> None:
    spec = find_spec("playwright")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "driver/package/lib/coreBundle.js").read_text(encoding="utf-8")
    listed = re.search(r"\bdisabledFeatures = \[(.*?)\]", source, re.DOTALL)
    assert listed is not None

    (flag,) = [one for one in chromium.launch_flags() if one.startswith("--disable-features=")]

    assert set(re.findall(r'^\s*"(\w+)"', listed[1], re.MULTILINE)) == set(chromium.OFF_BY_PLAYWRIGHT)
    assert set(chromium.OFF_BY_PLAYWRIGHT) < set(flag.partition("=")[2].split(","))
