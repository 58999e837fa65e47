"""The torture's mutants are of the code as it is."""

import pytest

from tests.tools.torture.mutants import FAULTS, MUTANTS, PROJECT


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_takes_out_what_stands_in_the_code(name: str) -> None:
    for file, changes in MUTANTS[name].items():
        text = (PROJECT / file).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            assert old != new


def test_what_notices_a_mutant_is_said_of_no_other() -> None:
    assert FAULTS.keys() <= MUTANTS.keys()
