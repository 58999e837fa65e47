"""The one snapshot: it goes through its file unharmed, and all that show it agree on what it comes to."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from typer.testing import CliRunner

from tests.fakes import SEOUL, THURSDAY
from worker.cli import commands
from worker.i18n import message, reasons
from worker.i18n.language import Language
from worker.ledger.pending_row import ODD, PendingRow
from worker.reports import assessment
from worker.reports.figures import Figures, Money, Running, Work
from worker.reports.records import CycleRow
from worker.status import page, snapshot
from worker.status.findings import Findings
from worker.status.snapshot import Snapshot, TimelineMark
from worker.status.verdict import Health, Tone, judge

ROW = PendingRow(
    key="A1",
    state="held",
    since=THURSDAY + timedelta(hours=1),
    why=message("held for {reason}", reason=message("a test")),
    time=THURSDAY,
    payer="해오름상회",
    won=-12_000,
    approval_no="12345678",
    acquirer="KB국민카드",
    batch=3,
    cycle=7,
)

WHOLE = Snapshot(
    problems=(message("the worker (pid {pid}) has not beaten yet", pid="7"), "a sentence of an earlier version"),
    attention=(message("look at {what}", what=message("a row")),),
    waits={"held": 1, "in_doubt": 0, "rejected": 2, "odd": 1},
    pending=(ROW, PendingRow(key="row-1", state=ODD, since=THURSDAY, why="no rule", payer="a b c", mailed="a * c")),
    written=THURSDAY.isoformat(),
    valid_until=(THURSDAY + timedelta(minutes=3)).isoformat(),
    doing="reading",
    step=message("page {number} of {count}", number=2, count=3),
    last_cycle={"outcome": "failed", "why": message("the ERP does not answer"), "figures": {"listed": 3}},
    alarms={"open": [{"cause": "disk", "what": message("only {free} MB are free", free="3")}], "undelivered": []},
    marks=(TimelineMark(start=540, minutes=30, state="ran"),),
    holidays={"problem": message("none is known")},
    language="ko",
)


def test_it_comes_back_from_its_file_as_it_was_with_its_messages_as_data(tmp_path: Path) -> None:
    snapshot.write(tmp_path, WHOLE)

    found = snapshot.read(tmp_path)

    assert found is not None
    assert found.as_dict() == WHOLE.as_dict()
    assert replace(found, pending=()) == replace(WHOLE, pending=())
    assert found.pending == WHOLE.pending
    for read, written in ((found.step, WHOLE.step), (found.pending[0].why, ROW.why)):
        assert reasons.say(read, Language.KO) == reasons.say(written, Language.KO)
    assert (tmp_path / snapshot.NAME).stat().st_mode & 0o077 == 0
    assert found.as_dict()["messages"].keys() >= {"problems/0", "step", "pending/0/why", "alarms/open/0/what"}
    assert "problems/1" not in found.as_dict()["messages"]


def test_what_a_newer_version_adds_is_passed_over(tmp_path: Path) -> None:
    values = {**WHOLE.as_dict(), "of the future": 1}
    (tmp_path / snapshot.NAME).write_text(json.dumps(values), encoding="utf-8")

    assert snapshot.read(tmp_path) == WHOLE


def test_a_row_says_for_how_long_the_list_still_shows_it() -> None:
    days = [ROW.days_left(THURSDAY.date() + timedelta(days=number)) for number in (0, 6, 7, 30)]

    assert days == [7, 1, 0, 0]
    assert WHOLE.pending[1].days_left(THURSDAY.date()) is None


FAILED = CycleRow(id=1, slot=THURSDAY, started=THURSDAY, ended=THURSDAY, outcome="failed", why="no", seconds=1.0)

SENTENCES = some.lists(some.sampled_from(["one", "two", "three"]), max_size=2, unique=True)
COUNTS = some.fixed_dictionaries(dict.fromkeys(("held", "in_doubt", "rejected", "odd"), some.integers(0, 3)))


@given(
    is_down=some.booleans(),
    is_wanted=some.booleans(),
    problems=SENTENCES,
    waits=COUNTS,
    language=some.sampled_from(Language),
)
def test_all_that_show_a_snapshot_agree_on_the_verdict(
    is_down: bool, is_wanted: bool, problems: list[str], waits: dict[str, int], language: Language
) -> None:
    times = {"written": THURSDAY.isoformat(), "valid_until": THURSDAY.isoformat(), "language": language.value}
    found = Findings(
        problems=problems, is_down=is_down, is_wanted=is_down and is_wanted, parts={"waits": waits, **times}
    ).snapshot()
    count = sum(waits.values())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("worker.operations.status.look", lambda: found)
        said = CliRunner().invoke(commands.app, ["status"])
        data = json.loads(CliRunner().invoke(commands.app, ["status", "--json"]).output)
    shown = page.render(found)
    word = found.verdict.text(language)

    assert said.output.splitlines()[0] == word
    assert f'<h1 id="word">{word[0].upper()}{word[1:]}</h1>' in shown
    assert f'data-health="{data["health"]}"' in shown
    assert f'data-tone="{data["verdict"]["tone"]}"' in shown
    assert said.exit_code == list(Health).index(Health(data["health"]))
    assert (data["verdict"]["tone"] == "good") == (not is_down and not problems and not count)
    assert (data["verdict"]["tone"] == "bad") == (is_down and not is_wanted)
    assert data["verdict"]["waiting"] == count
    assert (str(count) in word) == bool(count)
    assert snapshot.of(json.loads(json.dumps(found.as_dict()))).verdict == found.verdict


@given(failed=some.booleans(), twice=some.booleans(), waiting=some.integers(0, 9))
def test_a_report_is_judged_by_the_same_function(failed: bool, twice: bool, waiting: int) -> None:
    figures = Figures(
        since=THURSDAY,
        until=THURSDAY + timedelta(days=1),
        now=THURSDAY.astimezone(SEOUL),
        beginning=THURSDAY - timedelta(days=1),
        money=Money(twice={"A1": "twice"} if twice else {}),
        work=Work(cycles=(FAILED,) if failed else ()),
        running=Running(),
    )

    found = assessment.assess(figures, waiting, Language.KO)

    assert found.verdict == judge(is_down=twice, problems=int(failed), waiting=waiting)
    assert (f"확인할 건 {waiting}건" in found.badge(Language.KO)) == bool(waiting)
    assert (found.verdict.tone is Tone.GOOD) == (not failed and not twice and not waiting)
