"""What git knows of the folder's code: its commit, its changes, other commits. Where there is no git, nothing."""

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from worker.errors import DaybreakError


class GitFailed(DaybreakError):
    """git refused. The text holds its own words."""


def is_one(folder: Path) -> bool:
    """True when the folder is a checkout of its own."""
    return (folder / ".git").exists()


def run(folder: Path, *words: str) -> str:
    """Return what git says in that folder. Raises GitFailed."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitFailed(f"git {words[0]} in {folder}: {error}") from error
    if done.returncode != 0:
        raise GitFailed(f"git {words[0]} in {folder}: {done.stderr.strip() or f'exit {done.returncode}'}")
    return done.stdout.strip()


def commit(folder: Path, name: str = "HEAD") -> str:
    """Return the commit that a name means, or an empty text."""
    try:
        return run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except GitFailed:
        return ""


def find(folder: Path, wanted: str) -> str:
    """Return the commit that a person means by a version, a branch, a tag or a commit; an empty text: the newest.

    What the origin has counts before what an earlier look-up left here. Raises GitFailed when nothing has that name.
    """
    try:
        run(folder, "fetch", "--quiet", "--tags", "--force", "origin")
        problem = ""
    except GitFailed as error:
        problem = f" ({error})"
    names: Iterator[str] = iter(
        (f"refs/tags/{wanted}", f"refs/tags/v{wanted}", f"refs/remotes/origin/{wanted}", wanted)
        if wanted
        else ("refs/remotes/origin/HEAD", "@{upstream}", "refs/remotes/origin/main")
    )
    found = next((found for name in names if (found := commit(folder, name))), "")
    if not found or (problem and not wanted):
        what = repr(wanted) if wanted else "the newest version"
        raise GitFailed(
            f"looking for {what}: no tag, branch or commit here or at the origin{problem}. Name one, or a folder"
        )
    return found


def take_over(folder: Path, other: Path) -> str:
    """Fetch what another checkout has at its HEAD; return that commit. Raises GitFailed when it has changes."""
    if changed := changes(other):
        raise GitFailed(f"{other} holds changes that are in no commit ({', '.join(changed)}): commit them first")
    run(folder, "fetch", "--quiet", str(other.resolve()), "HEAD")
    return commit(folder, "FETCH_HEAD")


def changes(folder: Path) -> list[str]:
    """Return the files that were changed since the commit, without those that git does not know."""
    lines = run(folder, "-c", "core.quotePath=false", "status", "--porcelain", "--untracked-files=no").splitlines()
    return [line[2:].strip() for line in lines if line.strip()]


def unpack(folder: Path, name: str, target: Path) -> None:
    """Write all files of a commit into a folder."""
    target.mkdir(parents=True)
    packed = target.with_name(f"{target.name}.tar")
    run(folder, "archive", "--format=tar", "-o", str(packed), name)
    with tarfile.open(packed) as archive:
        # Before 3.11.4, as on Debian 12, there are no filters; what is unpacked is git's own.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(target)
    packed.unlink()


def merged(folder: Path, name: str, theirs: Path, file: str) -> None:
    """Carry the operator's changes of a file over into another version of it. Raises GitFailed where both differ."""
    base = theirs.with_name(f"{theirs.name}.base")
    base.write_text(run(folder, "show", f"{name}:{file}") + "\n", encoding="utf-8")
    try:
        text = run(folder, "merge-file", "-p", str(folder / file), str(base), str(theirs))
    finally:
        base.unlink()
    theirs.write_text(text + "\n", encoding="utf-8")


def head(folder: Path) -> str:
    """Return what HEAD is: the name of a branch, or a commit."""
    try:
        return run(folder, "symbolic-ref", "--quiet", "HEAD")
    except GitFailed:
        return commit(folder)


def point(folder: Path, name: str) -> None:
    """Let HEAD be a branch (by its whole name) or a commit; no file of the folder is touched. May be repeated.

    A lock that a killed git has left is removed: only the upgrade moves HEAD while it is under way.
    """
    to = ("symbolic-ref", "HEAD", name) if name.startswith("refs/") else ("update-ref", "--no-deref", "HEAD", name)
    for words in (to, ("reset", "--quiet")):
        try:
            run(folder, *words)
        except GitFailed:
            inside = folder / run(folder, "rev-parse", "--git-dir")
            for lock in ("HEAD.lock", "index.lock"):
                (inside / lock).unlink(missing_ok=True)
            run(folder, *words)
