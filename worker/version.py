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
    commit = _commit(Path(__file__).resolve().parent.parent / ".git")
    return f"{VERSION}+{commit[:7]}" if commit else VERSION


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
