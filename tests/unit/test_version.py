"""Which version runs, and which one a fresh start would run."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from worker import version

PROJECT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git(folder: Path, head: str, **files: str) -> Path:
    """Write what git keeps of a checkout: HEAD and other files (a dot for a slash)."""
    path = folder / ".git"
    for name, text in {"HEAD": head, **files}.items():
        file = path / name.replace(".", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
    return path


def test_the_code_says_the_version_that_the_package_has() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == version.VERSION


def test_what_runs_stays_what_it_was_when_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    version.version.cache_clear()
    running = version.version()

    monkeypatch.setattr(version, "VERSION", "9.9.9")

    assert version.version() == running
    assert version.installed().startswith("9.9.9")
    version.version.cache_clear()


@pytest.mark.parametrize(
    ("head", "files"),
    [
        (f"{COMMIT}\n", {}),
        ("ref: refs/heads/main\n", {"refs.heads.main": f"{COMMIT}\n"}),
        ("ref: refs/heads/main\n", {"packed-refs": f"# pack-refs with: peeled\n{'f' * 40} refs/heads/old\n"
                                                    f"{COMMIT} refs/heads/main\n"}),
    ],
    ids=["detached", "a branch", "a packed branch"],
)  # fmt: skip
def test_the_commit_of_a_checkout_is_read_from_gits_files(tmp_path: Path, head: str, files: dict[str, str]) -> None:
    assert version._commit(git(tmp_path, head, **files)) == COMMIT


@pytest.mark.parametrize(
    ("head", "files"),
    [("ref: refs/heads/main\n", {}), ("ref: refs/heads/main\n", {"packed-refs": f"{COMMIT} refs/heads/mainline\n"})],
    ids=["no commit yet", "another branch alone"],
)
def test_a_checkout_without_a_commit_has_none(tmp_path: Path, head: str, files: dict[str, str]) -> None:
    assert version._commit(git(tmp_path, head, **files)) == ""


def test_a_folder_that_is_no_checkout_has_none(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /elsewhere\n", encoding="ascii")

    assert version._commit(tmp_path / "nowhere") == ""
    assert version._commit(tmp_path / ".git") == ""


def test_without_a_commit_the_version_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "_commit", lambda _: "")

    assert version.installed() == version.VERSION


@pytest.mark.skipif(not (PROJECT / ".git").is_dir(), reason="not a checkout")
def test_git_names_the_same_commit() -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True)

    assert version._commit(PROJECT / ".git") == head.stdout.strip()
