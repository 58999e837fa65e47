"""One reader of the settings: what is not understood is refused by worker, guard and sender alike."""

import inspect
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hooks.guards.guard import unreadable
from worker.config import channels, files, ini, kept, loading, names
from worker.config.settings import GROUPS, Settings
from worker.errors import SettingsError
from worker.runtime import installation

PROJECT = Path(__file__).resolve().parents[3]

#: What each kind of process says of a circus.ini, one line of JSON for each path on its input.
ASK = """
import json, os, sys
from worker.config import ini
from worker.runtime import installation
{imports}
for line in sys.stdin:
    os.environ[installation.INI_VARIABLE] = line.strip()
    print(json.dumps({answer}), flush=True)
"""
REFUSED_BY_WORKER = """
from worker.config import loading
from worker.errors import SettingsError
def refused():
    try:
        loading.load()
    except SettingsError as error:
        return list(error.problems)
    return []
"""
PROCESSES = {
    "worker": ASK.format(imports=REFUSED_BY_WORKER, answer="refused()"),
    "guard": ASK.format(
        imports="from hooks.guards.guard import read_files, unreadable",
        answer="[read_files('heartbeat', {})[0], str(unreadable(ini.in_use()))]",
    ),
    "sender": ASK.format(
        imports="from worker.config import channels; from worker.alerts import sender as post",
        answer="channels.values_in_use()",
    ),
}

SPOILED = {
    "lower case": lambda key, value: f"{key.lower()} = {value}",
    "quotes": lambda key, value: f'{key} = "{value}"',
    "single quotes": lambda key, value: f"{key} = '{value}'",
    "comment": lambda key, value: f"{key} = {value} # note",
    "semicolon": lambda key, value: f"{key} = {value} ; note",
    "indent": lambda key, value: (
        f"TAKE_OVER = off\n {key} = {value}" if key != "TAKE_OVER" else f"TZ = Asia/Seoul\n\t{key} = on"
    ),
    "colon": lambda key, value: f"{key}: {value}",
    "twice": lambda key, value: f"{key} = {value}\n{key} = {value}",
    "invisible": lambda key, value: f"{key} = {value}\u200b",
}

#: A value of each setting that has no default in circus.ini which could be written again.
VALUES = {"MAIL_TO": "new@example.com"}

#: How editors on Windows store a file, and whether that can be read.
ENCODINGS = {"utf-8-sig": True, "utf-16": False, "utf-16-le": False, "cp949": False}

#: Each of them alone makes no channel that works: then people are told by the channels of before.
ALONE_NO_CHANNEL = {"APPRISE_URLS_FILE", "SMTP_HOST"}

#: What people make of a section's name.
MISSPELT: Mapping[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "title case": str.title,
    "a blank": lambda name: name.replace(":", ": ") if ":" in name else f" {name} ",
    "letters swapped": lambda name: f"{name[:-3]}{name[-2]}{name[-3]}{name[-1]}",
    "a letter less": lambda name: name[:-2] + name[-1],
    "a letter more": lambda name: f"{name}s",
}


@pytest.fixture(scope="module")
def defaults() -> dict[str, str]:
    return files.read(PROJECT / "circus.ini").sections["env:worker"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a circus.ini whose last good settings are kept."""
    text = (PROJECT / "circus.ini").read_text(encoding="utf-8")
    (tmp_path / "circus.ini").write_text(text.replace("MAIL_TO =", "MAIL_TO = good@example.com"), encoding="utf-8")
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "var").mkdir()
    kept.keep(tmp_path / "circus.ini", ini.sections())
    return tmp_path


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "var" / "local.ini"
    path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
    return path


def good(folder: Path) -> dict[str, str]:
    """Return the last good settings, as they were kept."""
    found = ini.last_good(folder / "circus.ini")
    assert found is not None
    return found.values()


def said(folder: Path) -> str:
    """Return what is wrong with the files, by every word of it."""
    return "\n".join(files.read(folder / "circus.ini").problems)


class Asked:
    """The three kinds of process, each of which reads many files of settings."""

    def __init__(self) -> None:
        self._running = {
            name: subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
            )
            for name, code in PROCESSES.items()
        }

    def __call__(self, ini_file: Path) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for name, process in self._running.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{ini_file}\n")
            process.stdin.flush()
            answers[name] = json.loads(process.stdout.readline())
        return answers

    def close(self) -> None:
        for process in self._running.values():
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def asked() -> Iterator[Asked]:
    made = Asked()
    yield made
    made.close()


@pytest.mark.parametrize("spoiled", SPOILED)
@pytest.mark.parametrize("key", sorted(names.SETTINGS))
def test_every_setting_written_wrongly_is_refused_by_worker_guard_and_sender_alike(
    tree: Path, asked: Asked, defaults: dict[str, str], key: str, spoiled: str
) -> None:
    write(tree, f"[env:worker]\n{SPOILED[spoiled](key, VALUES.get(key) or defaults.get(key) or 'x')}\n")

    answers = asked(tree / "circus.ini")

    assert "local.ini, line " in " ".join(answers["worker"])
    guard, problem = answers["guard"]
    assert guard == answers["sender"] == good(tree)
    assert files.read(tree / "circus.ini").problems[0] in problem


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("key", sorted(names.SETTINGS))
def test_every_setting_from_windows_is_read_or_its_encoding_is_named_by_worker_guard_and_sender_alike(
    tree: Path, asked: Asked, defaults: dict[str, str], key: str, encoding: str
) -> None:
    value = VALUES.get(key) or defaults.get(key) or "x"
    write(tree, f"[env:worker]\r\n# 메모\r\n{key} = {value}\r\n".encode(encoding))

    answers = asked(tree / "circus.ini")

    names_the_encoding = "save it as UTF-8 (Notepad: Save as, Encoding)"
    guard, problem = answers["guard"]
    read = good(tree) | ({key: value} if ENCODINGS[encoding] else {})
    assert guard == read
    assert answers["sender"] == (good(tree) if key in ALONE_NO_CHANNEL else read)
    assert (names_the_encoding in problem) is not ENCODINGS[encoding]
    assert (names_the_encoding in " ".join(answers["worker"])) is not ENCODINGS[encoding]


@pytest.mark.parametrize(
    ("encoding", "is_read"),
    [("utf-8-sig", True), ("utf-8", True), ("utf-16", False), ("utf-16-le", False), ("cp949", False)],
)
def test_a_file_from_windows_is_read_or_its_encoding_is_named(
    tree: Path, asked: Asked, encoding: str, is_read: bool
) -> None:
    write(tree, "[env:worker]\r\n# 메모\r\nMAIL_TO = new@example.com\r\n".encode(encoding))

    answers = asked(tree / "circus.ini")

    problems = " ".join(answers["worker"])
    assert problems == "" if is_read else "save it as UTF-8 (Notepad: Save as, Encoding)" in problems
    to = "new@example.com" if is_read else "good@example.com"
    assert (answers["guard"][0]["MAIL_TO"], answers["sender"]["MAIL_TO"]) == (to, to)


@pytest.mark.parametrize(
    ("section", "meant"),
    [
        ("worker", ""),
        ("Env:Worker", "do you mean [env:worker]?"),
        ("env: worker", "do you mean [env:worker]?"),
        ("env:wroker", "do you mean [env:worker]?"),
        ("env worker", "do you mean [env:worker]?"),
        (" env:worker ", "do you mean [env:worker]?"),
        ("env:demo-erp", "is no section"),
        ("ENV", "do you mean [env]?"),
        ("Markers", "do you mean [markers]?"),
        ("marker", "do you mean [markers]?"),
        ("plugin:recyle", "do you mean [plugin:recycle]?"),
        ("plugin:heart", "do you mean [plugin:heartbeat]?"),
        ("watcher:demo", "do you mean [watcher:demo-erp]?"),
        ("watcher:workers", "do you mean [watcher:worker]?"),
        ("circus", "from circus.ini alone"),
        ("DEFAULT", "is no section; take it out"),
    ],
)
def test_every_section_misspelt_is_refused_with_the_one_that_is_meant(
    tree: Path, asked: Asked, section: str, meant: str
) -> None:
    write(tree, f"[{section}]\nMAIL_TO = new@example.com\n")

    answers = asked(tree / "circus.ini")

    problems = " ".join(answers["worker"])
    assert f"[{section}]" in problems
    assert meant in problems
    assert answers["guard"][1] != ""
    assert answers["sender"]["MAIL_TO"] == "good@example.com"


@pytest.mark.parametrize("misspelt", MISSPELT)
@pytest.mark.parametrize("section", sorted(names.OURS))
def test_every_section_is_refused_however_it_is_misspelt_by_worker_guard_and_sender_alike(
    tree: Path, asked: Asked, section: str, misspelt: str
) -> None:
    written = MISSPELT[misspelt](section)
    write(tree, f"[{written}]\nMAIL_TO = new@example.com\n")

    answers = asked(tree / "circus.ini")

    guard, problem = answers["guard"]
    assert f"[{written}] is no section; do you mean [{section}]?" in " ".join(answers["worker"])
    assert f"[{written}] is no section; do you mean [{section}]?" in problem
    assert guard == answers["sender"] == good(tree)


@pytest.mark.parametrize("section", ["watcher:worker", "plugin:heartbeat", "plugin:recycle"])
def test_an_unknown_option_of_a_guard_or_watcher_is_refused(tree: Path, section: str) -> None:
    write(tree, f"[{section}]\ngraceful_timeuot = 75\nevry = 3\n")

    assert "graceful_timeuot is no option" in said(tree)
    assert "evry is no option" in said(tree)


def test_what_circus_alone_reads_is_refused_in_local_ini_and_checked_in_circus_ini(tree: Path) -> None:
    write(tree, "[watcher:worker]\ncmd = python\n")
    path = tree / "circus.ini"
    path.write_text(path.read_text().replace("graceful_timeout = 75", "graceful_timout = 75"), encoding="utf-8")

    assert "[watcher:worker] cmd is read by Circus itself, from circus.ini alone" in said(tree)
    assert "[watcher:worker] graceful_timout is no option; do you mean graceful_timeout?" in said(tree)


@pytest.mark.parametrize("name", ["var/local.ini.txt", "var/Local.ini", "local.ini", "local.ini.txt", "var/local.txt"])
def test_a_file_that_is_meant_to_be_local_ini_and_is_not_is_named(tree: Path, name: str) -> None:
    (tree / name).write_text("[env:worker]\nMODE = production\n", encoding="utf-8")

    assert f"{tree / name} is not read: its name must be {tree / 'var' / 'local.ini'}" in said(tree)


@pytest.mark.parametrize("name", ["var/local.ini~", "var/local.ini.bak", "var/.local.ini.swp", "var/local.ini.moved"])
def test_what_an_editor_or_a_move_leaves_beside_it_is_let_alone(tree: Path, name: str) -> None:
    (tree / name).write_text("x", encoding="utf-8")

    assert said(tree) == ""


def test_a_value_of_two_lines_never_swallows_the_next_setting(tree: Path) -> None:
    write(tree, "[env:worker]\nERP_USER = daybreak\n MODE = production\n")

    found = files.read(tree / "circus.ini")

    assert "line 3: the line begins with a blank" in found.problems[0]
    assert "\n" not in found.sections["env:worker"]["ERP_USER"]


def test_every_problem_of_both_files_is_named_in_one_list(tree: Path) -> None:
    write(tree, "[env:worker]\nsmtp_host = x\nTZ = 'Asia/Seoul'\nINTERVAL_MIN = 7\n[Markers]\na = b\n[plugin:recyle]\n")

    with pytest.raises(SettingsError) as caught:
        loading.load()

    for part in ("SMTP_HOST", "line 3", "INTERVAL_MIN='7'", "[Markers]", "[plugin:recyle]"):
        assert part in str(caught.value)


def test_marks_of_the_screens_may_hold_quotes_and_hashes(tree: Path) -> None:
    write(tree, '[markers]\ntab_open = a #tab[title="x"]\n')

    assert said(tree) == ""


def test_the_reader_and_the_settings_know_the_same_names() -> None:
    grouped = [name for group in GROUPS.values() for name in group.names()]
    of_no_file = {"MARKERS", "PASSWORD_FROM", "DEMO"}
    of_channels = set(re.findall(r'text\("([A-Z_]+)"\)', inspect.getsource(channels)))
    read_elsewhere = {"DATA_DIR", "REPORT_LANGUAGE", "DEMO_KNOBS", "DEMO_PAYMENTS"}

    assert {*grouped} - of_no_file | of_channels | read_elsewhere == names.SETTINGS


def test_a_setting_stands_in_one_group() -> None:
    found = Counter(name for group in GROUPS.values() for name in group.names())

    assert [name for name, count in found.items() if count > 1] == []
    assert {*found} & {*Settings.names()} == {"ERP", "DATA_DIR"}


def test_the_last_good_settings_are_ours_alone(tree: Path) -> None:
    path = kept.path_beside(tree / "circus.ini")
    assert path.stat().st_mode & 0o777 == 0o600

    path.chmod(0o644)

    assert kept.read(tree / "circus.ini") is None


def test_wrong_channels_are_told_by_the_channels_of_before(tree: Path) -> None:
    from worker.config import channels

    good = "[env:worker]\nSMTP_HOST = smtp.example.com\nMAIL_FROM = a@example.com\nMAIL_TO = b@example.com\n"
    write(tree, good)
    kept.keep(tree / "circus.ini", ini.sections())
    write(tree, good + "SMTP_PORT = five\n")

    assert channels.in_force().names == ("mail",)


def test_settings_of_before_are_not_used_once_the_files_are_right(tree: Path) -> None:
    write(tree, "[env:worker]\nMAIL_TO = new@example.com\n")

    assert ini.in_use().values()["MAIL_TO"] == "new@example.com"
    assert unreadable(ini.in_use()) == ""


def test_without_settings_of_before_the_most_likely_meaning_tells_of_the_problem(tree: Path) -> None:
    kept.path_beside(tree / "circus.ini").unlink()
    write(tree, "[env:worker]\nsmtp_host = 'smtp.example.com'\n")

    found = ini.in_use()

    assert found.is_guess
    assert found.values()["SMTP_HOST"] == "smtp.example.com"


def test_each_process_that_is_counted_at_its_end_is_counted_at_its_start() -> None:
    watchers = {
        name: values for name, values in files.read(PROJECT / "circus.ini").sections.items() if name[:8] == "watcher:"
    }

    assert len(watchers) == 3
    assert [name for name, values in watchers.items() if values.get("hooks.after_reap")] == list(watchers)
    assert [name for name, values in watchers.items() if values.get("hooks.after_spawn")] == list(watchers)
