"""What a probe prints at its end: what to do about what is missing."""

from pathlib import Path

from worker.erp.findings import Finding, FindingVerdict, printed
from worker.i18n.language import Language


def one(name: str, verdict: FindingVerdict, *, is_assumed: bool = False) -> Finding:
    return Finding(screen="결제내역조회", name=name, value=f"a#{name}", verdict=verdict, is_assumed=is_assumed)


def lines(*found: Finding) -> list[str]:
    return list(printed(found, folder=Path("evidence"), stopped=(), language=Language.EN))


def test_a_missing_mark_is_named_as_it_is_written_with_where_to_look_and_what_to_do_then() -> None:
    last = lines(one("tab_all", FindingVerdict.FOUND), one("tab_open", FindingVerdict.MISSING))[-1]

    assert "under [markers]" in last
    assert "Now it is tab_open = a#tab_open." in last
    assert "(.html)" in last
    assert last.endswith("If the worker runs: circusctl restart worker. Then probe again.")


def test_what_is_assumed_is_explained_only_where_it_stands() -> None:
    assert any(line.startswith("(assumed): ") for line in lines(one("pager", FindingVerdict.FOUND, is_assumed=True)))
    assert not any("assumed" in line for line in lines(one("pager", FindingVerdict.FOUND)))
