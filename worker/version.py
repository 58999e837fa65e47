"""The running version: the package's, and the commit where the code is a checkout."""

from functools import cache
from pathlib import Path

#: Kept equal to pyproject.toml by a test.
VERSION = "0.1.0"


@cache
def version() -> str:
    """Return such as `0.1.0+1a2b3c4`, as it was when first asked: what runs, not what is installed since."""
    return installed()


def installed() -> str:
    """Return the version that a fresh start would run."""
    folder = Path(__file__).resolve().parent.parent
    if commit := _commit(folder / ".git"):
        return f"{VERSION}+{commit[:7]}"
    return _upgraded(folder / "var" / "versions" / "installed") or VERSION


def _upgraded(path: Path) -> str:
    """Return the version that ./scripts/upgrade has put into a folder without git, or an empty text."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _commit(git: Path) -> str:
    """Return the commit that is checked out, or an empty text. Reads git's files; starts nothing."""
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        if (git / name).exists():
            return (git / name).read_text(encoding="ascii").strip()
        packed = (git / "packed-refs").read_text(encoding="ascii").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except OSError:
        return ""
