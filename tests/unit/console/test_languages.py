"""Korean or English: by the switch, by the browser, else Korean."""

from collections.abc import Callable

import pytest

from tests.unit.console.reader import KEEPER, Reader
from worker.console import languages
from worker.i18n.language import Language


@pytest.mark.parametrize(
    ("cookie", "accepts", "language"),
    [
        ("", "", Language.KO),
        ("", "de-DE,fr;q=0.8", Language.KO),
        ("", "ko-KR,ko;q=0.9,en-US;q=0.8", Language.KO),
        ("", "en-US,en;q=0.9,ko;q=0.8", Language.EN),
        ("", "en;q=0.3, ko;q=0.7", Language.KO),
        ("", "en;q=0, *", Language.KO),
        ("", "en;q=nonsense", Language.KO),
        ("en", "ko-KR", Language.EN),
        ("ko", "en", Language.KO),
        ("<script>", "en", Language.EN),
    ],
)
def test_the_reader_decides(cookie: str, accepts: str, language: Language) -> None:
    assert languages.of(cookie, accepts) is language


def test_a_switch_stays(reader: Reader) -> None:
    assert '<html lang="en">' in reader.get("/sign-in").text

    answer = reader.post("/language", {"language": "ko", "back": "/sign-in"})

    assert answer.headers["location"] == "/sign-in"
    assert "로그인" in reader.get("/sign-in").text


@pytest.mark.parametrize("back", ["//attacker.example", "http://attacker.example/", "/\\attacker.example", "x"])
def test_a_switch_leads_to_no_other_site(reader: Reader, back: str) -> None:
    reader.get("/sign-in")

    assert reader.post("/language", {"language": "en", "back": back}).headers["location"] == "/"


@pytest.mark.parametrize("back", ["/welcome?token=a-b_c", "/payments?q=%EA%B0%80&page=2", "/days?day=2026-11-30"])
def test_a_switch_leads_back_to_the_same_screen(reader: Reader, back: str) -> None:
    reader.get("/sign-in")

    assert reader.post("/language", {"language": "en", "back": back}).headers["location"] == back


@pytest.mark.parametrize(("language", "said"), [("en", "Times: Korea time"), ("ko", "표시 시각: 한국 시간")])
@pytest.mark.parametrize("path", ["/", "/waiting", "/payments", "/reports", "/days", "/alarms", "/machine", "/nothing"])
def test_every_screen_says_the_zone_of_its_times_once(
    signed_in: Callable[[str], Reader], path: str, language: str, said: str
) -> None:
    reader = signed_in(KEEPER)
    reader.language = language
    reader.cookies.pop("language", None)

    assert reader.get(path).text.count(said) == 1
