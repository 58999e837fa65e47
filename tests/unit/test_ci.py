"""CI's run: what fails only beside the others is named, shown, and borne twice at most."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

#: A ./scripts/test that fails these tests, and passes them when they run alone.
SHAKY = """#!/usr/bin/env bash
case "$*" in
*--tryton* | *--deep*) exit 0 ;;
*--last-failed*) echo "passed alone, and said so"; exit {alone} ;;
esac
mkdir -p .pytest_cache/v/cache
printf '%s' '{failed}' >.pytest_cache/v/cache/lastfailed
echo "noise before"
echo "=== FAILURES ==="
echo "failed beside the others, because"
exit {code}
"""


def run(folder: Path, names: list[str], *, code: int = 1, alone: int = 0) -> subprocess.CompletedProcess[str]:
    for place in (".ci", "scripts"):
        (folder / place).mkdir()
    shutil.copy(PROJECT / ".ci" / "run", folder / ".ci" / "run")
    test = folder / "scripts" / "test"
    test.write_text(SHAKY.format(failed=json.dumps(dict.fromkeys(names, True)), code=code, alone=alone))
    test.chmod(0o755)
    return subprocess.run([str(folder / ".ci" / "run")], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(("count", "exit_code"), [(1, 0), (2, 0), (3, 1)])
def test_what_passed_alone_is_named_last_with_both_outputs(tmp_path: Path, count: int, exit_code: int) -> None:
    names = [f"tests/unit/test_x.py::test_{number}" for number in range(count)]

    done = run(tmp_path, names)

    assert done.returncode == exit_code
    assert done.stdout.splitlines()[-count:] == names
    told = done.stdout.partition("== the first run of what passed alone")[2]
    assert "failed beside the others, because" in told
    assert "noise before" not in told
    assert "passed alone, and said so" in told


def test_each_ring_is_told_with_its_minutes_beside_what_all_may_take(tmp_path: Path) -> None:
    done = run(tmp_path, [], code=0)

    found = re.search(r"== \d+ min in all, of 75 that the rings may take:\n((?:\d+ min .*\n)+)", done.stdout)
    assert found is not None, done.stdout
    rings = [line.partition(" min ")[2].strip() for line in found[1].splitlines()]
    assert rings == ["./scripts/test", "./scripts/test --deep", "./scripts/test --tryton"]


def test_every_test_that_is_marked_deep_lies_where_deep_looks() -> None:
    found = re.search(r"-m pytest (tests/.+) -m deep ", (PROJECT / "scripts" / "test").read_text(encoding="utf-8"))
    assert found is not None
    looked_at = subprocess.run(["bash", "-c", f"echo {found[1]}"], capture_output=True, text=True, cwd=PROJECT)
    marked = [
        path
        for path in (PROJECT / "tests").rglob("test_*.py")
        if re.search(r"pytest\.mark\.deep\b", path.read_text(encoding="utf-8"))
    ]

    assert marked
    for path in marked:
        assert any(path.is_relative_to(PROJECT / one) for one in looked_at.stdout.split()), path


def test_what_fails_alone_as_well_fails_the_run(tmp_path: Path) -> None:
    assert run(tmp_path, ["tests/unit/test_x.py::test_it"], alone=1).returncode == 1


def test_a_run_without_a_failure_says_nothing_of_it(tmp_path: Path) -> None:
    done = run(tmp_path, [], code=0)

    assert done.returncode == 0
    assert "alone" not in done.stdout
