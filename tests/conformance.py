"""What any ERP behind worker.erp must do: one suite, run on every one there is.

A ring gives a fixture `site` and takes the tests over: `from tests.conformance import *`. Each test opens the ERP's
package as the worker does, in a fresh browser behind the save gate, and judges by the ERP's own books.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from worker.browser.chromium import find_chromium
from worker.browser.launch import Session, open_browser
from worker.browser.proxy import Ways
from worker.browser.save_gate import SaveGate
from worker.config.erp_settings import ErpSettings
from worker.erp import Answer, Erp, NotSent, find
from worker.errors import DepositInDoubt, ErpError, ErpUnavailable, SignInRefused
from worker.payments.payment import KST, Deposit, deposit_of, parse_rows
from worker.runtime.upstream import Upstream

__all__ = [
    "test_a_wrong_password_is_refused_and_nothing_else",
    "test_an_erp_that_is_gone_is_unavailable",
    "test_an_upload_is_armed_then_released_then_stored_once",
    "test_every_payment_is_on_the_list_of_all_where_there_is_one",
    "test_every_payment_that_waits_is_read_and_reading_changes_nothing",
    "test_in_test_mode_all_is_done_but_the_save",
    "test_nothing_is_mended_where_nothing_broke_off",
    "test_what_keeps_the_save_back_leaves_nothing_in_the_books",
    "test_what_was_posted_before_is_found_by_a_later_stay",
]


class Site(ABC):
    """An ERP that runs, for tests, and the truth about its books."""

    #: What the setting ERP would be.
    name: str
    #: The account that deposits go to, as ACCOUNT_CARD names it.
    account = "카드사"
    #: What SAVE_PATTERN would be, where the package does not know it itself.
    save_pattern = ""

    @abstractmethod
    def access(self) -> ErpSettings:
        """Return how a worker signs in."""

    @abstractmethod
    def waiting(self) -> list[tuple[str, int]]:
        """Return (payer, won) of every payment that waits, sorted."""

    @abstractmethod
    def posted(self) -> Counter[str]:
        """Return how often each key stands in the books."""

    @contextmanager
    def open(self, folder: Path, *, posts: bool = True, access: ErpSettings | None = None) -> Iterator[Erp]:
        """Yield a stay in a fresh browser, not signed in yet; its session is stored in `folder`."""
        kind = find(self.name)
        folder.mkdir(parents=True, exist_ok=True)
        ways = Ways(Upstream(allows=lambda *_: True))
        session = Session(folder / "session.json", owner="a test")
        pattern = re.compile(self.save_pattern or kind.save_pattern)
        gate = SaveGate(pattern=pattern, posts=posts, timeout=30, ways=ways, wire=kind.wire)
        browser = open_browser(
            chromium=str(find_chromium()), data_dir=folder, session=session, ways=ways, headed=False, timeout=30
        )
        with ways, browser as page:
            yield kind(
                page,
                access=access or self.access(),
                session=session,
                gate=gate,
                pulse=lambda *_: None,
                snapshot=lambda _: None,
            )

    def deposits(self, erp: Erp, count: int) -> list[Deposit]:
        """Read what waits and return the first deposits of it."""
        payments = parse_rows(erp.read_open(lambda _: True)).payments
        return [
            deposit_of(one, account_card=self.account, account_code="1089", with_key=True) for one in payments[:count]
        ]


def access_to(address: str, *, company: str, user: str, password: str) -> ErpSettings:
    """Return an access with the patience of a busy machine."""
    return ErpSettings(
        url=address,
        company=company,
        user=user,
        password_from=lambda: SecretStr(password),
        take_over=True,
        sign_in_s=60,
        list_s=60,
        step_s=30,
        result_s=30,
    )


def nothing() -> None:
    """Arm nothing: these tests have no ledger."""


def test_every_payment_that_waits_is_read_and_reading_changes_nothing(site: Site, tmp_path: Path) -> None:
    with site.open(tmp_path) as erp:
        erp.sign_in()
        found = parse_rows(erp.read_open(lambda _: True))
        erp.read_reflected(datetime.now(KST) - timedelta(days=3))

    assert sorted((one.payer, one.amount) for one in found.payments) == site.waiting()
    assert not found.oddities
    assert not site.posted()


def test_every_payment_is_on_the_list_of_all_where_there_is_one(site: Site, tmp_path: Path) -> None:
    since = datetime.now(KST) - timedelta(days=3)
    with site.open(tmp_path) as erp:
        erp.sign_in()
        waiting = Counter(erp.read_open(lambda _: True))
        listed = erp.read_all(None)
        forced = erp.read_forced(since)
        again = Counter(erp.read_open(lambda _: True))

    assert again == waiting, "the way back to what waits is open"
    assert listed is None or not waiting - Counter(listed)
    assert forced is None or not waiting & Counter(forced)


def test_an_upload_is_armed_then_released_then_stored_once(site: Site, tmp_path: Path) -> None:
    told: list[str] = []
    with site.open(tmp_path) as erp:
        erp.sign_in()
        deposits = site.deposits(erp, 3)

        def release(payload: str) -> None:
            told.append("released")
            if len(told) == 2:
                assert not site.posted(), "stored before it was released"
                assert all(one.key in payload for one in deposits)

        answer = erp.upload(deposits, arm=lambda: told.append("armed"), release=release)
        found = erp.look_up([*(one.key for one in deposits), "NOWHEREATA"], None).found

    assert told[0] == "armed"
    assert set(told[1:]) == {"released"}
    assert isinstance(answer, Answer)
    assert (answer.success, answer.failure) == (3, 0)
    assert site.posted() == Counter(one.key for one in deposits)
    assert {key: len(slips) for key, slips in found.items()} == {one.key: 1 for one in deposits}


def test_what_keeps_the_save_back_leaves_nothing_in_the_books(site: Site, tmp_path: Path) -> None:
    def refuse(_: str) -> None:
        raise ErpUnavailable("a newer worker has taken over")

    with site.open(tmp_path) as erp:
        erp.sign_in()
        deposits = site.deposits(erp, 2)
        with pytest.raises(ErpError, match="a newer worker has taken over") as raised:
            erp.upload(deposits, arm=nothing, release=refuse)
        found = erp.look_up([one.key for one in deposits], None).found

    assert not isinstance(raised.value, DepositInDoubt)
    assert not site.posted()
    assert not found


def test_in_test_mode_all_is_done_but_the_save(site: Site, tmp_path: Path) -> None:
    payloads: list[str] = []
    with site.open(tmp_path, posts=False) as erp:
        erp.sign_in()
        deposits = site.deposits(erp, 2)
        answer = erp.upload(deposits, arm=nothing, release=payloads.append)

    assert isinstance(answer, NotSent)
    assert len(payloads) == 1
    assert all(one.key in payloads[0] for one in deposits)
    assert not site.posted()


def test_what_was_posted_before_is_found_by_a_later_stay(site: Site, tmp_path: Path) -> None:
    with site.open(tmp_path) as erp:
        erp.sign_in()
        deposits = site.deposits(erp, 2)
        erp.upload(deposits[:1], arm=nothing, release=lambda _: None)

    with site.open(tmp_path) as later:
        later.sign_in()
        found = later.look_up([one.key for one in deposits], None).found
        holds_any = later.has_deposits()

    assert list(found) == [deposits[0].key]
    assert holds_any


def test_nothing_is_mended_where_nothing_broke_off(site: Site, tmp_path: Path) -> None:
    released: list[str] = []
    with site.open(tmp_path) as erp:
        erp.sign_in()
        done: Sequence[str] = erp.mend(released.append)

    assert not done
    assert not released


def test_a_wrong_password_is_refused_and_nothing_else(site: Site, tmp_path: Path) -> None:
    access = site.access().model_copy(update={"password_from": lambda: SecretStr("not the password")})
    with site.open(tmp_path, access=access) as erp, pytest.raises(SignInRefused):
        erp.sign_in()


def test_an_erp_that_is_gone_is_unavailable(site: Site, tmp_path: Path) -> None:
    access = site.access().model_copy(update={"url": "http://127.0.0.1:9/", "sign_in_s": 3})
    with site.open(tmp_path, access=access) as erp, pytest.raises(ErpUnavailable):
        erp.sign_in()
