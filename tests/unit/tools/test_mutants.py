"""The mutants stay true: each takes out what stands once in the code, and names a test that is there."""

import re

import pytest

from tests.tools.mutants import MUTANTS, PROJECT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_a_guard_that_is_taken_out_stands_once_in_the_code_and_its_test_is_there(mutant: Mutant) -> None:
    file, _, name = mutant.test.partition("::")

    assert (PROJECT / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old
    assert re.search(rf"^def {name.partition('[')[0]}\(", (PROJECT / file).read_text(encoding="utf-8"), re.MULTILINE)
