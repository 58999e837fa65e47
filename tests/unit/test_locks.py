"""The locks: every package by its version and its hashes, the same in each of them."""

import re
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def locked(name: str) -> dict[str, str]:
    """Return {package: version} of a lock."""
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    return {found[1].lower(): found[2] for found in re.finditer(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_package_of_a_lock_has_its_hashes(path: Path) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)

    assert [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


def test_apprise_comes_at_one_version_and_beside_what_is_locked_already() -> None:
    extra, base = locked("requirements-apprise.txt"), locked("requirements.txt")

    assert "apprise" in extra
    assert not extra.keys() & base.keys()
    assert {"requests", "certifi", "pyyaml", "markdown"} <= extra.keys()
