"""The times that people write: read alike by every verb, and never guessed."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.fakes import SEOUL
from worker.cli import commands
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n import said_by
from worker.i18n.language import Language
from worker.i18n.reasons import say
from worker.runtime.time_words import day, moment

NOW = datetime(2026, 11, 29, 9, 30, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("2026-11-28 18:00", "2026-11-28 18:00:00"),
        ("2026/11/28 18:00", "2026-11-28 18:00:00"),
        ("2026.11.28 18:00:30", "2026-11-28 18:00:30"),
        ("2026. 11. 28. 오후 6:00", "2026-11-28 18:00:00"),
        ("2026/11/28 오후 6:00:00", "2026-11-28 18:00:00"),
        ("2026/1/8 오전 12:00:05", "2026-01-08 00:00:05"),
        ("2026/1/8 오후12:00", "2026-01-08 12:00:00"),
        ("오후 6:00", "2026-11-29 18:00:00"),
        ("18:00", "2026-11-29 18:00:00"),
        ("8:07:05", "2026-11-29 08:07:05"),
        ("２０２６－１１－２８　１８：００", "2026-11-28 18:00:00"),
        ("\u110b\u1169\u1112\u116e 6:00", "2026-11-29 18:00:00"),
        (" 2026-11-28T18:00:30 ", "2026-11-28 18:00:30"),
        ("2026-11-28 18:00:30,250", "2026-11-28 18:00:30.250000"),
        ("2026-11-28T09:00:00+00:00", "2026-11-28 18:00:00"),
        ("2026-11-28 09:00Z", "2026-11-28 18:00:00"),
    ],
)
def test_a_time_is_read_as_people_write_it(words: str, meant: str) -> None:
    assert moment(words, what="TO", now=NOW) == datetime.fromisoformat(meant).replace(tzinfo=SEOUL)


@pytest.mark.parametrize("words", ["2026-11-28", "2026/11/28", "2026.11.28", "2026. 11. 28.", " 2026-11-28 "])
def test_a_day_alone_is_that_whole_day(words: str) -> None:
    first, last = (moment(words, what="TO", now=NOW, is_end=is_end) for is_end in (False, True))

    assert first == datetime(2026, 11, 28, tzinfo=SEOUL)
    assert last < datetime(2026, 11, 29, tzinfo=SEOUL) <= last + timedelta(microseconds=1)
    assert day(words, what="--date") == date(2026, 11, 28)


@pytest.mark.parametrize(
    "words",
    [
        "", " ", "yesterday", "11-28", "26-11-28", "2026-11", "2026-11/28", "20261128", "2026-02-30", "2026-13-01",
        "0000-01-01", "24:00", "18:60", "18", "6시", "오후 0:30", "오후 13:00", "오전 6", "2026-11-28 오후", "18:0",
        "2026-11-28 18:00 오후", "2026-11-2818:00", "2026-11-28²", "2026-11-2٨", "18:00 +25:00", "2026-11-28 18:00:61",
        "2026-11-28 18:00 2026-11-29", "2026-11-28\x0018:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_the_forms_in_plain_words(words: str) -> None:
    with pytest.raises(DaybreakError) as refused:
        moment(words, what="--until", now=NOW)

    assert str(refused.value).startswith(f'reading --until: "{words}" is not a time. Write a day like 2026-11-28')
    assert "오후 6:00" in str(refused.value)
    assert "시각이 아닙니다" in say(said_by(refused.value), Language.KO)


@pytest.mark.parametrize("words", ["18:00", "2026-11-28 18:00", "2026-11", "soon"])
def test_where_a_day_is_wanted_a_time_is_refused(words: str) -> None:
    with pytest.raises(DaybreakError, match=f'reading --date: "{words}" is not a day. Write 2026-11-28'):
        day(words, what="--date")


#: Times without a zone, to the second.
TIMES = st.datetimes().map(lambda at: at.replace(microsecond=0))


@given(
    TIMES,
    st.sampled_from(["-", "/", ".", ". "]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", " ", "\u3000"]),
)
def test_every_time_is_read_back_in_every_form(
    at: datetime, sign: str, has_half: bool, has_seconds: bool, is_padded: bool, around: str
) -> None:
    at = at if has_seconds else at.replace(second=0)
    width = "02" if is_padded else ""
    date_words = f"{at.year:04}{sign}{at.month:{width}}{sign}{at.day:{width}}{sign.strip() * (sign == '. ')}"
    half = ("오전 " if at.hour < 12 else "오후 ") if has_half else ""
    hour = (at.hour % 12 or 12) if has_half else at.hour
    time_words = f"{half}{hour:{width}}:{at.minute:02}" + (f":{at.second:02}" if has_seconds else "")

    found = moment(f"{around}{date_words} {time_words}{around}", what="TO", now=NOW)

    assert found == at.replace(tzinfo=SEOUL)


@given(st.text(alphabet="0123456789-/.: T오전후Z+٣²\x00", max_size=24) | st.text(max_size=24))
def test_any_text_is_a_time_of_the_calendar_or_refused_by_name(words: str) -> None:
    try:
        found = moment(words, what="TO", now=NOW.astimezone(timezone(timedelta(hours=9))))
    except DaybreakError:
        return
    assert moment(found.isoformat(), what="TO", now=NOW) == found


# --- in the verbs


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    chosen = loading.load({"DATA_DIR": str(tmp_path)})
    monkeypatch.setattr(loading, "load", lambda: chosen)
    return CliRunner()


@pytest.mark.parametrize(
    "arguments",
    [
        ["adopt", "--until", "soon"],
        ["pause", "soon"],
        ["report", "day", "--date", "soon"],
        ["report", "2026-11-01..soon"],
        ["export", "2026-11-01", "soon"],
        ["analyze", "2026-11-01", "soon"],
        ["analyze", "soon", "2026-11-01"],
        ["schedule", "--close", "soon", "--why", "x"],
        ["schedule", "--open", "soon", "--why", "x"],
        ["schedule", "--undo", "soon"],
    ],
)
def test_every_verb_names_the_same_forms(run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(commands.app, arguments)

    assert isinstance(done.exception, DaybreakError)
    assert '"soon" is n' in str(done.exception)
    assert "2026/11/" in str(done.exception)


@pytest.mark.parametrize("words", ["2062-11-28", "2062/11/28 오후 6:00", f"{datetime.now(SEOUL):%Y-%m-%d}"])
def test_an_adoption_up_to_a_time_to_come_is_refused_and_changes_nothing(
    run: CliRunner, tmp_path: Path, words: str
) -> None:
    done = run.invoke(commands.app, ["adopt", "--until", words, "--yes"])

    assert isinstance(done.exception, DaybreakError)
    assert "Write a time that has passed. Nothing was changed" in str(done.exception)
    assert not (tmp_path / "ledger.db").exists()
