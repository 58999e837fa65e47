"""When the screens are looked at: before a day's first cycle, once, and a look that fails keeps nothing back."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from worker.config import loading
from worker.erp.sight import Sight, Way
from worker.errors import DaybreakError, ErpUnavailable, ScreensDoubted, StopRequested
from worker.i18n import Message
from worker.ledger.ledger import Ledger
from worker.posting import morning, screen_question
from worker.posting.morning import FILE, NOTE, Morning
from worker.runtime.stop import HeartbeatWriter, Stop

LIST = Sight(
    screen="list",
    marks={"tab_open": Way.WORDS_AND_ID},
    columns=(("DTM", "time"), ("AMT", "amount")),
    money={"tab_open": "open"},
)
MOVED = Sight(screen="list", marks=LIST.marks, columns=(*LIST.columns, ("X", "note")), money=LIST.money)
RENAMED = Sight(screen="list", marks={"tab_open": Way.ID}, columns=LIST.columns, money=LIST.money)


class Desk:
    """A worker's looks at screens that a test chooses."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **chosen: str) -> None:
        self.settings = loading.load({"DATA_DIR": str(folder), **chosen})
        self.heart = HeartbeatWriter(folder / "heartbeat.txt", version="1", now=self.settings.now, stop=Stop())
        self.told: list[tuple[str, str]] = []
        self.looks = 0
        #: What the next look sees, or what becomes of it.
        self.shows: Sequence[Sight] | Exception = [LIST]
        self.ledger = Ledger(folder)
        self.ledger.begin_generation()
        monkeypatch.setattr(morning, "visit", self._visit)
        monkeypatch.setattr(morning, "sign_in", lambda *_: None)
        self.start()

    def start(self) -> None:
        """Begin anew, as the worker does that the night's recycle has started."""
        self.morning = Morning(self.settings, heart=self.heart, tell=self._tell)

    def _tell(self, cause: str, what: Message) -> None:
        self.told.append((cause, str(what)))

    @contextmanager
    def _visit(self, *_: object, **__: object) -> Iterator[SimpleNamespace]:
        self.looks += 1
        if isinstance(self.shows, Exception):
            raise self.shows
        yield SimpleNamespace(erp=SimpleNamespace(look=lambda **_: iter(self.shows)))

    def cycle(self, *, is_first_ever: bool = False, runs: bool = True) -> None:
        """Do what a cycle does with it; `runs`: it goes well."""
        before = None if is_first_ever else self.settings.now() - timedelta(days=1)
        self.morning.before_cycle(self.ledger, last_good=before)
        if runs:
            self.morning.after_good_cycle(self.ledger)

    def sleep(self) -> None:
        """Let it be the next morning."""
        path = self.settings.data_dir / FILE
        kept = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**kept, "looked": "2020-01-01"}), encoding="utf-8")
        self.start()


@pytest.fixture
def desk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    found = Desk(folder, monkeypatch)
    yield found
    found.ledger.close()


def test_the_demo_shows_its_first_cycle_without_a_look_and_looks_from_the_second_day_on(desk: Desk) -> None:
    desk.cycle(is_first_ever=True)
    assert desk.looks == 0

    desk.cycle()
    desk.cycle()

    assert desk.looks == 1
    assert desk.told == []


def test_what_differs_is_told_once_and_is_the_usual_after_a_good_cycle(desk: Desk) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = [MOVED]

    desk.cycle()
    desk.sleep()
    desk.cycle()

    assert [cause for cause, _ in desk.told] == ["screens"]
    assert "list: columns that are new: note" in desk.told[0][1]
    assert desk.ledger.note(NOTE) == ""


def test_what_was_told_stays_news_until_a_cycle_goes_well(desk: Desk) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = [MOVED]

    desk.cycle(runs=False)
    desk.sleep()
    desk.cycle(runs=False)

    assert [cause for cause, _ in desk.told] == ["screens", "screens"]
    assert "note" in desk.ledger.note(NOTE)


@pytest.mark.parametrize("error", [ErpUnavailable("gone"), DaybreakError("no Chromium"), OSError(28, "no space")])
def test_a_look_that_fails_is_tried_once_ahead_and_once_by_the_cycle_and_keeps_nothing_back(
    desk: Desk, error: Exception
) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = error
    desk.heart.next_cycle = desk.settings.now() + timedelta(minutes=1)

    tried = [desk.morning.look_early(desk.ledger, last_good=None) for _ in range(3)]
    desk.cycle()
    desk.cycle()

    assert tried == [True, False, False]
    assert desk.looks == 3
    assert desk.told == []


@pytest.mark.parametrize(("minutes", "looks"), [(-1, 0), (1, 1), (3, 0)])
def test_the_early_look_comes_minutes_before_the_first_cycle(desk: Desk, minutes: int, looks: int) -> None:
    desk.cycle()
    desk.sleep()
    desk.looks = 0
    desk.heart.next_cycle = desk.settings.now() + timedelta(minutes=minutes)

    desk.morning.look_early(desk.ledger, last_good=None)

    assert desk.looks == looks


def test_a_request_to_stop_ends_an_early_look_and_a_cycle(desk: Desk) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = StopRequested("asked to stop")
    desk.heart.next_cycle = desk.settings.now() + timedelta(minutes=1)

    assert desk.morning.look_early(desk.ledger, last_good=None)
    with pytest.raises(StopRequested):
        desk.cycle()


def test_other_words_stop_every_cycle_until_a_person_has_looked(desk: Desk) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = [RENAMED]

    for _ in range(2):
        with pytest.raises(ScreensDoubted, match=r"open \(tab_open\) does not stand there any more"):
            desk.cycle()
    screen_question.answer(desk.ledger, by="kim", why="renamed", at=desk.settings.now())
    desk.cycle()

    desk.sleep()
    desk.cycle()
    assert {cause for cause, _ in desk.told} == {"layout"}
    assert screen_question.read(desk.ledger) is None


def test_a_question_stays_while_its_screen_is_not_seen(desk: Desk) -> None:
    desk.cycle()
    desk.sleep()
    desk.shows = [RENAMED]
    with pytest.raises(ScreensDoubted):
        desk.cycle()

    for shows in ([], [Sight(screen="other")], ErpUnavailable("gone")):
        desk.shows = shows
        with pytest.raises(ScreensDoubted):
            desk.cycle()
    desk.shows = [LIST]
    desk.cycle()

    assert screen_question.read(desk.ledger) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of": "x"}', '{"of": 1, "good": {"list": {}}}'])
def test_a_file_that_is_damaged_or_of_other_books_is_nothing_to_compare_with(desk: Desk, text: str) -> None:
    desk.cycle()
    (desk.settings.data_dir / FILE).write_text(text, encoding="utf-8")
    desk.start()
    desk.shows = [RENAMED]

    desk.cycle()

    assert desk.told == []


def test_an_erp_that_knows_no_look_is_not_visited_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(folder, monkeypatch)
    monkeypatch.setattr(morning, "find", lambda _: object)

    desk.cycle()
    desk.ledger.close()

    assert desk.looks == 0
