"""A batch that the ERP refused whole: one answer for a wrong setting, and the one bad row found for all else."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.fakes import BLIND, BOOKS, RULES, FakeClock, FakeErp, Fault, Killed, Listed, Worker, quick_folder, with_rules
from tests.unit.posting.desk import again
from worker.alerts.monitors import cause_of_failure
from worker.app import by_hand
from worker.cli import commands
from worker.config import loading
from worker.config.posting_settings import PostingSettings
from worker.control import requests
from worker.erp import Answer
from worker.errors import DaybreakError, ErpUnavailable, IllegalMove, SettingsRefused
from worker.i18n import said_by
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.ledger.state import State
from worker.operations import lookup
from worker.payments.payment import Deposit
from worker.posting import refused


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def shops(erp: FakeErp, count: int) -> list[Listed]:
    return [erp.approve(f"가게 {number:03}", minutes_ago=600 - number) for number in range(count)]


def states(worker: Worker) -> Counter[str]:
    return Counter(worker.states().values())


def alarms(worker: Worker) -> set[str]:
    return {one.cause for one in worker.ledger.alarms()}


# --- the settings are wrong


@pytest.mark.parametrize("rules", [RULES, BLIND])
@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_with_a_wrong_setting_all_rows_wait_for_one_answer(
    folder: Path, erp: FakeErp, clock: FakeClock, rules: PostingSettings, all_or_nothing: bool
) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(rules, account_card="카드사  # note"))
    worker.adopt()
    shops(erp, 190)
    erp.refused_accounts, erp.all_or_nothing = {"카드사  # note"}, all_or_nothing

    with pytest.raises(SettingsRefused) as caught:
        worker.run_cycle()

    assert erp.sizes == [50, 1]
    assert states(worker) == {"seen": 190}
    assert alarms(worker) == set()
    assert "one reason: 입금계좌코드 미등록코드[카드사  # note]. 190 payments wait and none is sent" in str(
        caught.value
    )
    assert "ACCOUNT_CARD '카드사  # note'" in say(said_by(caught.value), Language.KO)
    worker.close()


def wait_for_the_settings(worker: Worker, erp: FakeErp, rows: int = 7) -> None:
    """Have the ERP refuse every row for one reason."""
    shops(erp, rows)
    erp.refused_accounts = {"카드사"}
    with pytest.raises(SettingsRefused):
        worker.run_cycle()


def test_while_the_settings_wait_nothing_more_is_sent_and_what_comes_in_waits_with_the_rest(
    worker: Worker, erp: FakeErp
) -> None:
    wait_for_the_settings(worker, erp)
    erp.approve("새 가게")
    erp.refused_accounts = set()

    again(worker, cycles=3)

    assert erp.sizes == [7, 1]
    assert states(worker) == {"seen": 8}
    assert worker.ledger.last_cycles(1)[0]["outcome"] == "failed"
    assert "8 payments wait" in str(worker.ledger.last_cycles(1)[0]["why"])


def test_once_a_person_says_that_it_is_mended_all_of_it_is_posted_once(worker: Worker, erp: FakeErp) -> None:
    wait_for_the_settings(worker, erp)
    erp.refused_accounts = set()

    refused.settle(worker.ledger, rows_own=False, by="kim", why="account code added", at=worker.clock())
    again(worker, cycles=2)

    assert erp.sizes == [7, 1, 7]
    assert [payer for payer, _ in erp.books()] == [f"가게 {number:03}" for number in range(7)]
    assert states(worker) == {"posted": 7}
    assert [str(one["what"]) for one in worker.ledger.incidents(worker.clock() - timedelta(days=1))] == [
        "the settings are mended, says kim: account code added"
    ]


def test_what_is_said_to_be_mended_and_is_not_waits_again(worker: Worker, erp: FakeErp) -> None:
    wait_for_the_settings(worker, erp)

    refused.settle(worker.ledger, rows_own=False, by="kim", why="-", at=worker.clock())
    again(worker, cycles=2)

    assert erp.sizes == [7, 1, 7, 1]
    assert states(worker) == {"seen": 7}


def test_a_changed_setting_ends_the_wait_at_the_next_start(
    worker: Worker, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    wait_for_the_settings(worker, erp)
    worker.close()

    same = Worker(folder, erp, clock)
    again(same)
    assert states(same) == {"seen": 7}
    same.close()

    mended = Worker(folder, erp, clock, rules=with_rules(RULES, account_card="보통예금"))
    again(mended)
    assert states(mended) == {"posted": 7}
    mended.close()


def test_test_mode_is_not_kept_from_showing_what_it_would_send(
    worker: Worker, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    wait_for_the_settings(worker, erp)
    worker.close()
    erp.posts = False

    tried = Worker(folder, erp, clock, rules=with_rules(RULES, mode="test"))
    assert tried.run_cycle().not_sent == 7
    tried.close()


def test_an_answer_where_nothing_waits_for_the_settings_is_refused(worker: Worker) -> None:
    with pytest.raises(IllegalMove, match="nothing waits for them"):
        refused.settle(worker.ledger, rows_own=False, by="kim", why="", at=worker.clock())


def test_rows_of_one_account_that_are_all_refused_wait_though_others_were_stored(worker: Worker, erp: FakeErp) -> None:
    shops(erp, 4)
    for number in range(3):
        row = erp.approve(f"간편 {number}", minutes_ago=5)
        row.acquirer = "간편결제"
    erp.refused_accounts = {"카드사"}

    with pytest.raises(SettingsRefused):
        worker.run_cycle()

    assert states(worker) == {"posted": 3, "seen": 4}
    assert erp.sizes == [7, 1]


def test_of_two_accounts_that_are_refused_whole_the_one_that_is_right_is_not_held_up_by_the_other(
    worker: Worker, erp: FakeErp
) -> None:
    erp.all_or_nothing = True
    for number in range(3):
        row = erp.approve(f"간편 {number}", minutes_ago=50)
        row.acquirer = "간편결제"
    shops(erp, 2)[0].payer = "미등록"
    erp.refused_payers = {"미등록"}

    worker.run_cycle()

    assert states(worker) == {"posted": 4, "rejected": 1}


# --- a row is bad


@pytest.mark.parametrize("bad", [0, 1, 24, 49])
@pytest.mark.parametrize("rules", [RULES, BLIND])
def test_one_bad_row_that_has_its_batch_refused_is_found_and_the_others_are_posted(
    folder: Path, erp: FakeErp, clock: FakeClock, bad: int, rules: PostingSettings
) -> None:
    worker = Worker(folder, erp, clock, rules=rules)
    worker.adopt()
    shops(erp, 60)
    erp.refused_payers, erp.all_or_nothing = {f"가게 {bad:03}"}, True

    figures = worker.run_cycle()
    again(worker, cycles=2)

    assert [payer for payer, _ in erp.books()] == [f"가게 {number:03}" for number in range(60) if number != bad]
    assert states(worker) == {"posted": 59, "rejected": 1}
    assert (figures.posted, figures.rejected, figures.sent) == (59, 1, 60)
    assert len(erp.sizes) <= 2 + 1 + 2 * 6 + 1
    assert alarms(worker) == {"rejected"}
    worker.close()


def test_a_first_row_that_alone_is_refused_for_a_reason_of_its_own_is_the_bad_one(worker: Worker, erp: FakeErp) -> None:
    shops(erp, 8)
    erp.refused_payers, erp.all_or_nothing = {"가게 000"}, True

    worker.run_cycle()

    assert erp.sizes == [8, 1, 7]
    assert states(worker) == {"posted": 7, "rejected": 1}


def test_a_person_can_say_that_the_rows_are_bad_and_then_decides_each(worker: Worker, erp: FakeErp) -> None:
    shops(erp, 5)
    erp.refused_payers = {"가게 000", "가게 001", "가게 002", "가게 003", "가게 004"}
    with pytest.raises(SettingsRefused):
        worker.run_cycle()

    refused.settle(worker.ledger, rows_own=True, by="kim", why="five unknown customers", at=worker.clock())
    again(worker)

    assert states(worker) == {"rejected": 5}
    assert refused.read(worker.ledger) is None

    erp.refused_payers = set()
    erp.approve("새 가게")
    again(worker)
    assert refused.rows_own(worker.ledger) == ""


def test_a_lone_row_that_is_refused_is_for_a_person_at_once(worker: Worker, erp: FakeErp) -> None:
    shops(erp, 1)
    erp.refused_payers = {"가게 000"}

    worker.run_cycle()

    assert erp.sizes == [1]
    assert states(worker) == {"rejected": 1}


# --- what can be believed


def test_a_refusal_without_reasons_is_believed_when_the_list_bears_it_out(worker: Worker, erp: FakeErp) -> None:
    shops(erp, 6)
    erp.refused_payers, erp.all_or_nothing, erp.gives_reasons = {"가게 003"}, True, False

    worker.run_cycle()

    assert states(worker) == {"posted": 5, "rejected": 1}
    (entry,) = worker.ledger.in_state(State.REJECTED)
    assert entry.why == "the ERP refused it without a reason, and its list does not show it"


def test_a_refusal_without_reasons_stays_in_doubt_where_nothing_can_be_looked_up(
    folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    worker = Worker(folder, erp, clock, rules=BLIND)
    worker.adopt()
    shops(erp, 6)
    erp.refused_payers, erp.all_or_nothing, erp.gives_reasons = {"가게 003"}, True, False

    worker.run_cycle()
    again(worker, cycles=3)

    assert erp.sizes == [6]
    assert states(worker) == {"in_doubt": 6}
    worker.close()


@pytest.mark.parametrize("gives_reasons", [True, False])
def test_what_the_erp_says_it_refused_whole_but_lists_is_posted_and_not_sent_again(
    worker: Worker, erp: FakeErp, gives_reasons: bool
) -> None:
    shops(erp, 6)
    erp.refused_payers, erp.all_or_nothing, erp.gives_reasons = {"가게 003"}, True, gives_reasons
    erp.stores_what_it_refuses = True

    worker.run_cycle()
    again(worker, cycles=3)

    assert erp.sizes == [6]
    assert states(worker) == {"posted": 6}
    assert len(erp.books()) == 6


@pytest.mark.parametrize("gives_reasons", [True, False])
def test_a_refusal_that_cannot_be_held_against_the_list_is_in_doubt_until_it_can(
    worker: Worker, erp: FakeErp, gives_reasons: bool
) -> None:
    shops(erp, 6)
    erp.refused_accounts, erp.gives_reasons = {"카드사"}, gives_reasons
    erp.fails["look_up"] = ErpUnavailable("the deposit list does not open")

    with pytest.raises(ErpUnavailable):
        worker.run_cycle()
    assert erp.sizes == [6]
    assert states(worker) == {"in_doubt": 6}

    erp.refused_accounts = set()
    again(worker, cycles=3, minutes=5)
    assert states(worker) == {"posted": 6}
    assert len(erp.books()) == 6


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE, Fault.STORED_LATE])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_doubt_while_the_bad_row_is_looked_for_stops_the_search_and_doubles_nothing(
    worker: Worker, erp: FakeErp, fault: Fault, at: int
) -> None:
    shops(erp, 8)
    erp.refused_payers, erp.all_or_nothing = {"가게 005"}, True
    erp.faults = [Fault.NONE] * at + [fault]

    worker.run_cycle()
    assert len(erp.sizes) <= at + 1

    again(worker, cycles=6, minutes=5)
    assert [payer for payer, _ in erp.books()] == [f"가게 {number:03}" for number in range(8) if number != 5]


def test_a_worker_that_is_killed_while_it_looks_for_the_bad_row_posts_each_other_once() -> None:
    expected = [f"가게 {number:03}" for number in range(6) if number != 2]
    for step in range(1, 200, 4):
        with quick_folder() as folder:
            clock = FakeClock()
            erp = FakeErp(clock)
            shops(erp, 6)
            erp.refused_payers, erp.all_or_nothing = {"가게 002"}, True
            left = [0]

            def tap(_: str, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0 or left[0] < -1_000_000:
                    left[0] = -1_000_000  # a dead process does nothing more
                    raise Killed

            victim = Worker(folder, erp, clock)
            victim.adopt()
            left[0] = step
            victim.tap(tap)
            is_over = False
            try:
                victim.run_cycle()
                is_over = True
            except Killed:
                victim.close()
            erp.tap = lambda _: None

            heir = Worker(folder, erp, clock)
            again(heir, cycles=5, minutes=5)
            assert [payer for payer, _ in erp.books()] == expected, f"killed at step {step}"
            heir.close()
            if is_over:
                break

    assert is_over
    assert step > 100


@pytest.mark.parametrize("all_or_nothing", [True, False])
@settings(derandomize=True, database=None, deadline=None, max_examples=25)
@given(bad=st.sets(st.integers(0, 11)), batch_rows=st.integers(1, 12), reason=st.sampled_from(["other", None]))
def test_whatever_rows_are_bad_no_other_is_lost_or_doubled(
    all_or_nothing: bool, bad: set[int], batch_rows: int, reason: str | None
) -> None:
    with quick_folder() as folder:
        clock = FakeClock()
        erp = FakeErp(clock)
        worker = Worker(folder, erp, clock, rules=with_rules(RULES, batch_rows=batch_rows))
        worker.adopt()
        shops(erp, 12)
        erp.refused_payers = {f"가게 {number:03}" for number in bad}
        erp.all_or_nothing, erp.reason_of_others = all_or_nothing, reason

        for _ in range(20):
            again(worker)
            if refused.read(worker.ledger):
                refused.settle(worker.ledger, rows_own=True, by="kim", why="rows", at=clock())

        assert [payer for payer, _ in erp.books()] == [f"가게 {one:03}" for one in range(12) if one not in bad]
        assert states(worker) == {
            name: count for name, count in (("posted", 12 - len(bad)), ("rejected", len(bad))) if count
        }
        worker.close()


def test_a_days_report_counts_no_row_as_refused_that_was_sent_again(worker: Worker, erp: FakeErp, folder: Path) -> None:
    from tests.fakes import SEOUL
    from worker.reports import figures
    from worker.reports.records import Records

    shops(erp, 6)
    erp.refused_payers, erp.all_or_nothing = {"가게 002"}, True
    worker.run_cycle()

    with Records(folder, read_only=True) as records:
        found = figures.read(
            records, worker.clock() - timedelta(days=1), worker.clock() + timedelta(days=1),
            now=worker.clock() + timedelta(hours=1), zone=SEOUL,
        )  # fmt: skip

    assert (found.money.rejected.count, found.money.posted.count) == (1, 5)


# --- what people are told and asked


@pytest.fixture
def run(worker: Worker, erp: FakeErp, folder: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Return a command line on the folder of a worker whose rows wait for the settings."""
    wait_for_the_settings(worker, erp)
    chosen = loading.load({"DATA_DIR": str(folder)})
    monkeypatch.setattr(loading, "load", lambda: chosen)
    return CliRunner()


def test_the_list_of_what_waits_begins_with_the_settings_and_one_answer_ends_it(
    worker: Worker, erp: FakeErp, run: CliRunner
) -> None:
    for arguments in (["resolve"], ["resolve", "settings"]):
        listed = run.invoke(commands.app, arguments)
        assert listed.exit_code == 0
        assert "7 payments wait and none is sent" in listed.output
        assert "daybreak resolve settings --mended" in listed.output
        assert "Nothing waits for a person" not in listed.output

    done = run.invoke(commands.app, ["resolve", "settings", "--mended", "--by", "kim"])

    assert "The next cycle sends what waits" in done.output
    erp.refused_accounts = set()
    again(worker)
    assert states(worker) == {"posted": 7}
    assert "Nothing waits for the settings." in run.invoke(commands.app, ["resolve", "settings"]).output


@pytest.mark.parametrize(
    "arguments",
    [
        ["settings", "--rows"],
        ["settings", "--rows", "--mended", "--why", "x"],
        ["ABCDEFGHIJ", "--mended"],
        ["ABCDEFGHIJ", "--rows", "--why", "x"],
    ],
)
def test_a_half_answer_about_the_settings_is_refused_and_changes_nothing(
    worker: Worker, run: CliRunner, arguments: list[str]
) -> None:
    done = run.invoke(commands.app, ["resolve", *arguments])

    assert isinstance(done.exception, DaybreakError)
    assert "daybreak resolve settings --rows --why TEXT" in str(done.exception)
    assert refused.read(worker.ledger) is not None


def test_what_waits_for_the_settings_is_found_with_the_reason(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "owner_of", lambda _: BOOKS)

    found = run.invoke(commands.app, ["find", "가게 003"])

    assert "the ERP refuses every deposit: 입금계좌코드 미등록코드[카드사]" in found.output


@pytest.mark.parametrize(
    ("outcome", "why", "rejected", "code", "said"),
    [
        ("ran", "", 0, 0, "The cycle ran."),
        ("ran", "", 2, 1, "The ERP refused 2 deposits of this cycle. See: daybreak resolve"),
        ("failed", "the ERP refused a batch whole", 0, 1, "The cycle failed: the ERP refused a batch whole"),
    ],
)
def test_a_cycle_by_hand_ends_well_only_if_no_row_was_refused(
    worker: Worker,
    run: CliRunner,
    monkeypatch: pytest.MonkeyPatch,
    outcome: str,
    why: str,
    rejected: int,
    code: int,
    said: str,
) -> None:
    def cycle(*_: object, **__: object) -> tuple[str, str]:
        number = worker.ledger.begin_cycle(slot=worker.clock(), at=worker.clock())
        figures = {"listed": 7, "rejected": rejected}
        worker.ledger.end_cycle(number, at=worker.clock(), outcome=outcome, why=why, figures=figures)
        return outcome, why

    monkeypatch.setattr(requests, "has_worker", lambda _: False)
    monkeypatch.setattr(by_hand, "run_once", cycle)

    done = run.invoke(commands.app, ["once"])

    assert (done.exit_code, said in done.output) == (code, True)
    assert ("The cycle ran" in done.output) is (code == 0)


def test_people_are_told_under_the_cause_of_the_settings() -> None:
    assert cause_of_failure(SettingsRefused("x"), 1) == "settings"


# --- the pure part


def deposit(number: int, *, account: str = "카드사") -> Deposit:
    return Deposit(key=f"K{number}", date="", account=account, account_code="", payer=f"P{number}", amount=1, remark="")


def group(*reasons: str) -> refused.Group:
    return refused.Group(deposits=tuple(deposit(number) for number in range(len(reasons))), reasons=reasons)


@pytest.mark.parametrize(
    ("reasons", "alone", "blames"),
    [
        (("계좌", "계좌", "계좌"), "계좌", True),
        (("1행 계좌", "2행 계좌", "3행 계좌"), "1행 계좌", True),
        (("", "", ""), "", True),
        (("", "", ""), "계좌", True),
        (("계좌", "계좌"), "", True),
        (("계좌", "계좌"), "거래처", False),
        (("거래처[가]", "거래처[나]"), "거래처[가]", False),
        (("계좌",), "계좌", False),
    ],
)
def test_the_settings_are_to_blame_where_all_had_one_reason_and_it_is_still_that_one(
    reasons: tuple[str, ...], alone: str, blames: bool
) -> None:
    assert group(*reasons).blames_settings(alone) is blames
    assert not group(*reasons).blames_settings(alone, rows_own="계좌") or "계좌" not in (alone, *reasons)


def test_a_batch_is_taken_apart_by_account_only_where_every_row_was_refused() -> None:
    rows = [deposit(0), deposit(1), deposit(2, account="현금")]
    no = {0: "계좌", 1: "계좌", 2: "계좌"}

    def found(answer: Answer, *keys: str) -> list[list[str]]:
        return [[one.key for one in group.deposits] for group in refused.groups(rows, answer, keys)]

    whole = Answer(success=0, failure=3, reasons=no)
    assert found(whole, "K0", "K1", "K2") == [["K0", "K1"], ["K2"]]
    assert found(whole, "K0", "K1") == [["K0", "K1"]]
    assert found(Answer(success=1, failure=2, reasons={0: "계좌", 1: "계좌"}), "K0", "K1") == [["K0", "K1"]]
    assert found(Answer(success=1, failure=2, reasons={0: "가", 1: "나"}), "K0", "K1") == []
    assert found(Answer(success=2, failure=1, reasons={0: "계좌"}), "K0") == []
    assert found(Answer(success=2, failure=1, reasons={2: "계좌"}), "K2") == []
