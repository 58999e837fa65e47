"""Another version and the way back, under a real circusd, in the middle of a day's payments."""

import random
from pathlib import Path

import pytest

from tests import own_code
from tests.tools.torture.bench import Tree
from worker.version import VERSION


@pytest.mark.deep
def test_to_the_next_version_and_back_nothing_is_lost_and_nothing_is_posted_twice(tmp_path: Path) -> None:
    with Tree(tmp_path / "나무", 0, random.Random(1)) as tree:
        tree.take_own_code()
        for version in (own_code.NEXT, VERSION):
            tree.add_payments(3, more=True)
            tree.ask()
            upgrade = tree.script("upgrade", str(tree.other_version()))
            tree.add_payments(2, more=True)

            upgrade.wait(300)

            said = (tree.folder / "upgrades.txt").read_text(encoding="utf-8")
            assert upgrade.returncode == 0, said
            tree.until("a beat", lambda: tree.beat() is not None, 30)
            beat = tree.beat()
            assert beat is not None
            assert beat.version.startswith(f"{version}+"), said
        tree.settle()
        assert tree.judge(own_fault=False) == "ok"
