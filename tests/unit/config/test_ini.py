"""circus.ini with local.ini over it."""

from pathlib import Path

import pytest

from worker.config import ini
from worker.errors import SettingsError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a circus.ini in a folder of its own."""
    path = tmp_path / "circus.ini"
    path.write_text(
        "[env:worker]\n# a comment\nDATA_DIR = var\nMODE = test\nSAVE_PATTERN = a#b;c%\n[plugin:recycle]\nat = 05:55\n",
        encoding="utf-8",
    )
    return path


def local(project: Path, text: str) -> None:
    (project.parent / "var").mkdir(exist_ok=True)
    (project.parent / "var" / "local.ini").write_text(text, encoding="utf-8")


def test_local_ini_wins_in_every_section_and_may_add(project: Path) -> None:
    local(project, "[env:worker]\nMODE = production\n[plugin:recycle]\nat = 04:00\n[markers]\nkey = 값\n")

    found = ini.sections(project)

    assert found["env:worker"]["MODE"] == "production"
    assert found["plugin:recycle"] == {"at": "04:00"}
    assert found["markers"] == {"key": "값"}


def test_a_value_is_taken_as_it_stands(project: Path) -> None:
    assert ini.worker_settings(project, {})["SAVE_PATTERN"] == "a#b;c%"


def test_places_may_come_from_the_environment_and_nothing_else(project: Path) -> None:
    found = ini.worker_settings(project, {"DATA_DIR": "/elsewhere", "MODE": "production", "DEMO_PORT": ""})

    assert found["DATA_DIR"] == "/elsewhere"
    assert found["MODE"] == "test"
    assert "DEMO_PORT" not in found


def test_a_relative_data_folder_counts_from_the_file(project: Path) -> None:
    assert ini.data_dir(project, {}) == (project.parent / "var").resolve()
    assert ini.data_dir(project, {"DATA_DIR": "/a/b"}) == Path("/a/b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[env:worker]\nMODE = a\nMODE = b\n", "MODE"),
        ("[env:worker]\n[env:worker]\n", "env:worker"),
        ("MODE = a\n", "before any section"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_by_name(project: Path, text: str, said: str) -> None:
    local(project, text)

    with pytest.raises(SettingsError, match=rf"local\.ini, line \d: .*{said}"):
        ini.sections(project)


def test_a_missing_circus_ini_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"circus\.ini is missing"):
        ini.sections(tmp_path / "circus.ini")


def test_bytes_that_are_no_text_are_refused(project: Path) -> None:
    (project.parent / "var").mkdir()
    (project.parent / "var" / "local.ini").write_bytes(b"[env:worker]\nMODE = \xff\xfe\n")

    with pytest.raises(SettingsError, match=r"local\.ini"):
        ini.sections(project)
