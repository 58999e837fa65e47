"""Messages as data: stored as id and arguments, read in the reader's language; catalogues that are whole."""

import pickle
import string
from pathlib import Path

import pytest

from tests.tools.catalogue import catalogues, compiled, entries, read
from worker.i18n import Message, during, joined, listed, loaded, message, reasons, stored
from worker.i18n.language import Language


def test_a_message_is_its_english_text_until_somebody_reads_it_in_another_language() -> None:
    made = message("payment {key}: {why}", key="AB", why=message("excluded: {why}", why="x"))

    assert made == "payment AB: excluded: x"
    assert reasons.say(made, Language.KO) == "결제 AB: 제외: x"


def test_what_was_being_done_and_what_happened_are_one_message_of_which_each_part_is_read_in_korean() -> None:
    made = during(message("opening {title}", title="결제내역조회"), "Page.goto: Timeout 5000ms exceeded.")
    tried = message(
        "entering {count} lines: {problem}; tried {tries} times. Nothing was saved", count=2, problem=made, tries=3
    )

    assert made == "opening 결제내역조회: Page.goto: Timeout 5000ms exceeded."
    assert reasons.say(stored(made), Language.KO) == "결제내역조회 열기: 제한 시간(5000ms)을 넘겼습니다 (Page.goto)"
    assert reasons.say(made, Language.KO) in reasons.say(tried, Language.KO)


def test_what_is_stored_is_the_id_and_its_arguments_and_comes_back_as_it_was() -> None:
    made = message("payment {key}: {why}", key='A"{}', why=message("excluded: {why}", why="1 {x}"))

    back = loaded(stored(made))

    assert isinstance(back, Message)
    assert (back, back.id, back.args) == (made, made.id, made.args)
    assert pickle.loads(pickle.dumps(back)).args == made.args


def test_what_the_system_said_is_read_in_korean_wherever_it_stands_in_a_message_and_a_key_stays_a_key() -> None:
    cause = message("writing the ledger {path}: {error}. Nothing is posted", path="/a/new", error="database is locked")
    made = message("this worker ends: {why}", why=cause)

    assert reasons.say(made, Language.KO) == (
        "이 처리 프로그램은 종료합니다: 장부 /a/new 기록: 다른 프로그램이 장부를 사용 중입니다. 입금을 올리지 않습니다"
    )
    assert reasons.say(message("{key} was never seen", key="NEW"), Language.KO) == "NEW 건은 조회된 적이 없습니다"


def test_sentences_that_are_joined_stay_messages() -> None:
    made = joined([message("it was never seen"), "timed out"], "; ")

    assert made == "it was never seen; timed out"
    assert reasons.say(stored(made), Language.KO) == "조회된 적이 없습니다; 응답 시간이 초과되었습니다"
    assert joined([], ", ") == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a sentence",
        '{"id": ',
        '{"id": 1, "args": {}}',
        '{"id": "{a.b}", "args": {"a": "x"}}',
        '{"id": "{a[b]}", "args": {"a": "x"}}',
        '{"id": "{", "args": {"a": "x"}}',
        pytest.param('{"id": "x", "args": {"a": ' * 5000, id="deep"),
    ],
)
def test_a_sentence_of_before_stays_as_it_is(text: str) -> None:
    assert (stored(text), loaded(text)) == (text, text)


def test_numbers_are_shown_with_commas() -> None:
    assert Message("{count} rows", {"count": 1234}) == "1,234 rows"


def test_a_heading_with_any_number_of_sentences_is_one_message_and_reads_in_korean_after_it_was_stored() -> None:
    wrong = [message("{setting} must be set, because {other} is", setting="A", other="B"), "timed out"]

    made = loaded(stored(listed(message("the settings are wrong"), wrong * 1000)))

    assert made.startswith("the settings are wrong:\n  A must be set, because B is\n  timed out\n")
    assert reasons.say(made, Language.KO).startswith(
        "설정이 잘못되었습니다:\n  B 을(를) 적었으므로 A 도 적어야 합니다\n  응답 시간이 초과되었습니다\n"
    )
    assert joined(wrong, "; ") == "A must be set, because B is; timed out"


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.parent.parent.name)
def test_a_catalogue_holds_every_message_of_the_code_translated_and_no_other(path: Path) -> None:
    catalogue = read(path)
    found = {(one.context, str(one.id)): str(one.string) for one in catalogue if one.id}

    assert found.keys() == entries(), "run: python -m tests.tools.catalogue"
    assert [id for (_, id), text in found.items() if not text] == []
    assert [id for (context, id), text in found.items() if not context and fields(id) != fields(text)] == []
    assert [id for (_, id), text in found.items() if set(fields(id)) != set(fields(text))] == []
    assert path.with_suffix(".mo").read_bytes() == compiled(catalogue), "run: python -m tests.tools.catalogue"


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
