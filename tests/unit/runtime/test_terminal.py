"""What a terminal is given: names of strangers, and consoles of long ago."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from worker.runtime.terminal import printable


@pytest.mark.parametrize("name", ["\x1b[2J김철수", "\x9b2J", "a\rb", "\u202eabc", "\x07\x08", "\x1b]0;title\x07"])
def test_no_name_gives_the_terminal_an_order(name: str) -> None:
    assert not {"\x1b", "\x9b", "\r", "\u202e", "\x07", "\x08"} & set(printable(name))


def test_what_is_no_order_stays_as_it_is() -> None:
    assert printable("김철수 1,000원\n\t– ✓") == "김철수 1,000원\n\t– ✓"


def test_a_console_that_lacks_a_character_shows_the_rest(tmp_path: Path) -> None:
    (tmp_path / "circus.ini").write_text(
        "[circus]\nendpoint = tcp://127.0.0.1:9\n[env:worker]\nDATA_DIR = var\nREPORT_LANGUAGE = ko\n", encoding="utf-8"
    )
    environment = {
        "DAYBREAK_INI": str(tmp_path / "circus.ini"), "PATH": os.defpath, "PYTHONIOENCODING": "euc-kr",
    }  # fmt: skip

    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "status"], env=environment, capture_output=True, timeout=60
    )

    assert done.returncode == 2
    assert "중단".encode("euc-kr") in done.stdout or "중지".encode("euc-kr") in done.stdout


@pytest.mark.parametrize(("word", "code"), [("--help", 0), ("-h", 0), ("--hepl", 2), ("start", 2)])
def test_a_word_behind_the_workers_command_starts_no_worker(tmp_path: Path, word: str, code: int) -> None:
    environment = {"DAYBREAK_INI": str(tmp_path / "circus.ini"), "PATH": os.defpath}

    done = subprocess.run(
        [sys.executable, "-m", "worker", word], env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == code
    assert "daybreak --help" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
