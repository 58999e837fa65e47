"""Refused sign-ins: five in a row lock the account, so two are the most we try with one secret."""

from pathlib import Path

import pytest

from worker.erp.refusals import MOST, Refusals
from worker.errors import SignInRefused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "refused.json"


def may_try(path: Path, secret: str = "POSTER 1") -> bool:
    """True when one more sign-in may be tried."""
    try:
        Refusals(path, secret=secret).demand_try()
    except SignInRefused:
        return False
    return True


def refuse(path: Path, times: int, secret: str = "POSTER 1") -> None:
    """Let the ERP refuse so many sign-ins, each by a worker of its own."""
    for _ in range(times):
        Refusals(path, secret=secret).add()


def test_the_limit_leaves_the_account_open() -> None:
    assert MOST == 2  # the ERP locks at five


@pytest.mark.parametrize(("times", "may"), [(0, True), (1, True), (2, False), (3, False)])
def test_after_the_second_refusal_nobody_tries_again(path: Path, times: int, may: bool) -> None:
    refuse(path, times)

    assert may_try(path) is may


def test_who_may_not_try_is_told_what_to_do(path: Path) -> None:
    refuse(path, 2)

    with pytest.raises(SignInRefused, match="Put the right password into ERP_PASSWORD_FILE"):
        Refusals(path, secret="POSTER 1").demand_try()


def test_a_new_secret_is_tried_and_counted_from_nothing(path: Path) -> None:
    refuse(path, 2)

    assert may_try(path, "POSTER 2")
    refuse(path, 1, "POSTER 2")
    assert may_try(path, "POSTER 2")
    refuse(path, 1, "POSTER 2")
    assert not may_try(path, "POSTER 2")


def test_a_sign_in_that_worked_forgets_the_refusals(path: Path) -> None:
    refuse(path, 1)

    Refusals(path, secret="POSTER 1").clear()
    refuse(path, 1)

    assert may_try(path)


def test_nothing_to_forget_is_no_failure(path: Path) -> None:
    Refusals(path, secret="POSTER 1").clear()

    assert may_try(path)


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    refuse(path, 1)

    assert path.stat().st_mode & 0o777 == 0o600


DAMAGED = (
    b"", b"garbage", b"\xff\xfe", b"[]", b"7", b"null", b'"two"',
    b'{"count": "many", "secret": "POSTER 1"}', b'{"count": null, "secret": "POSTER 1"}',
    b'{"secret": "POSTER 1"}', b'{"count": 2}',
)  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_blocks_nobody_and_is_written_anew(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert may_try(path)
    refuse(path, 2)
    assert not may_try(path)
