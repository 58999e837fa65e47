"""Which hosts are the ERP's: its own, its family's, what a setting names and a probe has learnt, and no other."""

from pathlib import Path

import pytest

from worker.erp.asked_hosts import AskedHosts
from worker.erp.ecount import Ecount
from worker.runtime import hosts


def listed(address: str, **more: object) -> hosts.Hosts:
    return hosts.of(address, family=Ecount.hosts(address), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("login.ecount.com", True),
        ("loginab.ecount.com", True),
        ("LoginAB.ECOUNT.com.", True),
        ("ecount.com", True),
        ("notecount.com", False),
        ("ecount.com.example.net", False),
        ("fonts.gstatic.com", False),
        ("update.googleapis.com", False),
        ("127.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_ecounts_hosts_are_all_of_its_domain_and_no_other(host: str, is_allowed: bool) -> None:
    assert listed("https://login.ecount.com/").allows(host, 443) is is_allowed


def test_another_erp_has_its_own_host_alone() -> None:
    one = hosts.of("https://erp.example.com/books")

    assert one.allows("erp.example.com", 443)
    assert not one.allows("www.example.com", 443)
    assert not one.allows("a.erp.example.com", 443)


def test_an_erp_on_this_machine_opens_no_other_port_of_it_to_its_pages() -> None:
    demo = listed("http://127.0.0.1:8800/")

    assert demo.allows("localhost", 8800)
    assert demo.allows("127.0.0.1", 8800)
    assert demo.allows("::1", 8800)
    assert not demo.allows("127.0.0.1", 5555)  # circusd listens there
    assert not demo.allows("login.ecount.com", 443)


def test_what_is_named_by_hand_counts_as_the_erps() -> None:
    written = hosts.entries("Static.Example.com, *.cdn.example.net , api.example.org:8443, 한글.kr")
    one = listed("https://login.ecount.com/", written=written)

    assert one.allows("static.example.com", 443)
    assert one.allows("a.b.cdn.example.net", 443)
    assert not one.allows("cdn.example.net", 443)
    assert one.allows("api.example.org", 8443)
    assert not one.allows("api.example.org", 443)
    assert one.allows("xn--bj0bj06e.kr", 443)


@pytest.mark.parametrize(
    "text", ["https://a.example.com", "a.example.com/x", "*", "*.com", "a b", "a.com:99999", "a;b"]
)
def test_what_is_no_host_or_would_be_everybodys_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|port"):
        hosts.entries(f"erp.example.com, {text}")


def test_what_a_probe_has_learnt_counts_for_that_erp_alone_and_a_spoilt_file_for_none(tmp_path: Path) -> None:
    hosts.learn(tmp_path, ["cdn.example.net"], origin="https://a")
    hosts.learn(tmp_path, ["api.example.net:8443"], origin="https://a")

    assert hosts.learnt(tmp_path, origin="https://a") == {"cdn.example.net", "api.example.net:8443"}
    assert hosts.learnt(tmp_path, origin="https://b") == frozenset()
    assert (tmp_path / hosts.LEARNT).stat().st_mode & 0o077 == 0

    (tmp_path / hosts.LEARNT).write_text('{"origin": "https://a", "hosts": ["*"]}')
    assert hosts.learnt(tmp_path, origin="https://a") == frozenset()


def test_what_a_page_can_lack_is_not_taken_for_what_it_needs() -> None:
    asked = AskedHosts()

    class Request:
        def __init__(self, url: str, kind: str) -> None:
            self.url = url
            self.resource_type = kind

    for url, kind in (
        ("https://cdn.example.net/a.js", "script"),
        ("https://cdn.example.net/a.css", "stylesheet"),
        ("https://fonts.example.net/a.woff2", "font"),
        ("https://ads.example.net/a.gif", "image"),
        ("https://erp.example.com/b.js", "script"),
    ):
        asked._note(Request(url, kind))  # type: ignore[arg-type]

    refused = ["cdn.example.net", "fonts.example.net", "ads.example.net", "never.seen.example"]

    assert asked.needed(refused) == {"cdn.example.net": ["script", "stylesheet"]}
