"""Each of the demo's knobs does what it says: those that act on the server, over plain HTTP."""

import base64
import json
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.erp import ControlError, DemoErp
from worker.demo.knobs import KNOBS

SIGN_IN = {"com_code": "DEMO01", "id": "DAYBREAK", "passwd": "demo-pass-1"}
LOGIN = "/ec5/view/app.login/"


class Client:
    """A browser without a screen: one connection, one session."""

    def __init__(self, erp: DemoErp) -> None:
        self._connection = HTTPConnection("127.0.0.1", erp.port, timeout=5)
        self._cookie = ""
        self.sid = ""
        self.api = "/ec5/api/"

    def close(self, *, timeout: float = 5) -> None:
        """Close the connection; the next request opens another one."""
        self._connection.close()
        self._connection.timeout = timeout

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Return status, body and Location."""
        self._connection.request(method, path, body and body.encode(), {"Cookie": self._cookie})
        response = self._connection.getresponse()
        if cookie := response.getheader("Set-Cookie"):
            self._cookie = cookie.partition(";")[0]
        return response.status, response.read().decode(), response.getheader("Location") or ""

    def post(self, path: str, body: str = "") -> Any:
        """Return the JSON answer of a POST."""
        status, text, _ = self.ask("POST", path, body)
        assert status == 200, (status, text)
        return json.loads(text)

    def sign_in(self, **other: str) -> Any:
        """Sign in as far as the hand-off page."""
        answer = self.post(f"{LOGIN}erp_login_processor", urlencode(SIGN_IN | other))
        self.sid = self._cookie.partition("=")[2].partition("=")[0]
        return answer

    def enter(self, *, kick: bool = False) -> Any:
        """Go on from the hand-off page to the shell."""
        return self.post(f"{LOGIN}erp_login_enter?ec_req_sid={self.sid}&kick={int(kick)}")

    def call(self, action: str, body: object = None, *, raw: str | None = None) -> Any:
        """Make a data call."""
        text = json.dumps(body or {}) if raw is None else raw
        return self.post(f"{self.api}{action}?ec_req_sid={self.sid}&xce=none", text)

    def payments(self, tab: str = "unreflected", page: int = 1) -> Any:
        """Return a page of payments."""
        return self.call("app.payment/action/ListPayments", {"tab": tab, "page": page})

    def behaviour(self) -> Any:
        """Return what the pages' scripts are told."""
        path = f"{self.api}app.common/action/Behaviour?ec_req_sid={self.sid}"
        return json.loads(self.ask("GET", path)[1])["behaviour"]

    def save(self, *rows: list[str]) -> Any:
        """Save rows as the popup does."""
        return self.call("app.deposit/action/BulkUpload", {"rows": rows})


def row(amount: int = 1000, *, payer: str = "새빛", date: str = "2026/01/08", account: str = "카드사") -> list[str]:
    """Return a row the ERP accepts, unless told otherwise."""
    return [date, "", "", account, "1089", "", payer, str(amount), "", f"카드결제 {payer}", "", ""]


def column(answer: Any, name: str) -> list[str | None]:
    """Return one column of a page."""
    return [row["cells"][name] for row in answer["rows"]]


@pytest.fixture(scope="module")
def running() -> Iterator[DemoErp]:
    """One server for all tests here."""
    with DemoErp(payments=0) as erp:
        yield erp


@pytest.fixture
def erp(running: DemoErp) -> DemoErp:
    """The server, as new, without payments."""
    running.control("/reset", {"payments": 0})
    return running


@pytest.fixture
def connect(erp: DemoErp) -> Iterator[Callable[[], Client]]:
    """Makes clients, and closes their connections in the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(Client(erp)))


@pytest.fixture
def client(connect: Callable[[], Client]) -> Client:
    """Somebody signed in."""
    client = connect()
    client.sign_in()
    client.enter()
    return client


def test_every_knob_is_named_by_a_test() -> None:
    files = [*Path(__file__).parent.glob("test_*.py"), Path(__file__).with_name("variants.py")]
    tests = "".join(path.read_text(encoding="utf-8") for path in files)

    untested = [name for name in KNOBS if name not in tests]

    assert untested == []


def test_a_knob_tells_its_value_default_and_meaning(erp: DemoErp) -> None:
    erp.control("/knobs", {"zone_number": 56})

    knob = erp.control("/knobs")["zone_number"]

    assert (knob["value"], knob["default"]) == (56, 5)
    assert "/ecN/view/erp" in knob["about"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"page_sise": 10}, "did you mean page_size"),
        ({"save": "x"}, "save_fault"),
        ({"page_size": "10"}, "write a whole number"),
        ({"delays": -1}, "write a number, 0 or more"),
        ({"rows_never": 1}, "write true or false"),
        ({"cancel_model": "D"}, "write one of A, B, C"),
        ({"result_text": "{wrong}"}, "{ok} and {bad}"),
        ({"reject_rows": "four"}, "such as 4,5"),
        ({"closed_until": "2026-01-31"}, "2026/01/31"),
    ],
)
def test_a_wrong_knob_is_refused_with_what_to_write(erp: DemoErp, wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ControlError, match="400") as refusal:
        erp.control("/knobs", {"zone_number": 7} | wrong)

    assert why in str(refusal.value)
    assert erp.knobs()["zone_number"] == 5


# Connection


def test_delays_scales_the_ordinary_slowness(erp: DemoErp, client: Client) -> None:
    began = time.monotonic()
    client.save(row())
    quick = time.monotonic() - began
    erp.control("/knobs", {"delays": 0.5})

    client.save(row())

    assert quick < time.monotonic() - began - quick
    assert time.monotonic() - began - quick > 0.5


def test_slow_s_slows_every_request(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"slow_s": 0.2})
    began = time.monotonic()

    client.payments()

    assert time.monotonic() - began > 0.2


def test_errors_s_answers_500_for_a_while(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"errors_s": 60})
    during = client.ask("GET", "/")[0]
    left = erp.knobs()["errors_s"]
    erp.control("/knobs", {"errors_s": 0.001})
    time.sleep(0.002)

    after = client.ask("GET", "/")[0]

    assert (during, after) == (500, 302)
    assert 55 < left < 60


def test_refuse_s_closes_connections_unanswered(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"refuse_s": 60})

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        client.payments()

    erp.control("/knobs", {"refuse_s": 0})
    assert client.payments()["total"] == 0


def test_silent_s_keeps_requests_waiting_and_then_closes(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"silent_s": 0.3})
    began = time.monotonic()

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        client.payments()

    assert time.monotonic() - began > 0.25


# Signing in


def test_login_delay_s_delays_the_answer(erp: DemoErp, connect: Callable[[], Client]) -> None:
    erp.control("/knobs", {"login_delay_s": 0.2})
    began = time.monotonic()

    connect().sign_in()

    assert time.monotonic() - began > 0.2


def test_login_500_fails_n_requests(erp: DemoErp, connect: Callable[[], Client]) -> None:
    erp.control("/knobs", {"login_500": 2})
    client = connect()

    view = client.ask("GET", f"{LOGIN}erp_login?lan_type=ko-KR")[0]
    form = client.ask("POST", f"{LOGIN}erp_login_processor", urlencode(SIGN_IN))[0]

    assert (view, form) == (500, 500)
    assert client.sign_in()["error_code"] == "505"


def test_second_factor_leads_to_a_code_nobody_has(erp: DemoErp, connect: Callable[[], Client]) -> None:
    erp.control("/knobs", {"second_factor": True})
    client = connect()

    page = client.ask("GET", client.sign_in()["to"])[1]

    assert 'id="second_auth"' in page
    assert erp.control("/sessions") == []


def test_five_wrong_passwords_lock_the_account_until_unlock(erp: DemoErp, connect: Callable[[], Client]) -> None:
    client = connect()
    refusals = [client.sign_in(passwd="no")["error_msg"] for _ in range(5)]
    locked = client.sign_in()
    erp.control("/knobs", {"unlock": True})

    unlocked = client.sign_in()

    assert "4/5" in refusals[3]
    assert "잠겼습니다" in refusals[4]
    assert "마스터" in locked["error_msg"]
    assert "to" in unlocked
    assert erp.knobs()["unlock"] is False
    assert erp.stats()["failed_logins"] == 6


def test_known_device_asks_nothing(erp: DemoErp, connect: Callable[[], Client]) -> None:
    unknown = connect().sign_in()["error_code"]
    erp.control("/knobs", {"known_device": True})

    known = connect().sign_in()["error_code"]

    assert (unknown, known) == ("505", "0")


def test_a_registered_device_is_known_next_time(erp: DemoErp, connect: Callable[[], Client]) -> None:
    client = connect()
    client.sign_in()
    client.post(f"{LOGIN}erp_login_device?ec_req_sid={client.sid}")

    again = client.sign_in()

    assert again["error_code"] == "0"


def test_a_rival_stands_in_the_way_until_kicked(erp: DemoErp, connect: Callable[[], Client], client: Client) -> None:
    other = connect()
    other.sign_in()

    assert other.enter() == {"rival": True}
    assert "to" in other.enter(kick=True)
    assert client.payments() == {"expired": "dialog"}
    assert [(s["state"], s["reason"]) for s in erp.control("/sessions")] == [("ended", "kicked"), ("live", "")]


def test_rival_check_off_lets_both_live(erp: DemoErp, connect: Callable[[], Client], client: Client) -> None:
    erp.control("/knobs", {"rival_check": False})
    other = connect()
    other.sign_in()
    other.enter()

    assert "rows" in other.payments()
    assert "rows" in client.payments()


def test_the_control_api_opens_a_rival_that_may_kick(
    erp: DemoErp, connect: Callable[[], Client], client: Client
) -> None:
    erp.control("/sessions/rival", {"kick": True})
    other = connect()
    other.sign_in()

    assert client.payments() == {"expired": "dialog"}
    assert other.enter() == {"rival": True}


def test_zone_number_moves_the_shell(erp: DemoErp, connect: Callable[[], Client]) -> None:
    erp.control("/knobs", {"zone_number": 56})
    client = connect()
    client.sign_in()

    to = client.enter()["to"]
    client.api = "/ec56/api/"

    assert to.startswith("/ec56/view/erp?w_flag=1&ec_req_sid=AB-")
    assert '"api": "/ec56/api/"' in client.ask("GET", to.partition("#")[0])[1]
    assert client.save(row())["text"] == "성공 : 1건 실패 : 0건"


def test_shell_delay_s_delays_the_shell(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"shell_delay_s": 0.2})
    began = time.monotonic()

    status, page, _ = client.ask("GET", f"/ec5/view/erp?w_flag=1&ec_req_sid={client.sid}")

    assert time.monotonic() - began > 0.2
    assert status == 200
    assert f'<meta name="demo-database" content="{erp.control("/health")["database"]}">' in page


def test_session_idle_min_ends_a_session_by_the_erps_clock(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"session_idle_min": 10})
    erp.clock(offset_s=9 * 60)
    alive = client.payments()
    erp.clock(offset_s=18 * 60)
    slid = client.payments()
    erp.clock(offset_s=29 * 60)

    over = client.payments()
    _, _, location = client.ask("GET", f"/ec5/view/erp?w_flag=1&ec_req_sid={client.sid}")

    assert "rows" in alive
    assert "rows" in slid
    assert over == {"expired": "dialog"}
    assert location.startswith("/ec5/view/app.login/erp_login")


def test_expired_style_chooses_what_a_data_call_says(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"expired_style": "redirect"})
    erp.control("/sessions/expire", {})

    assert client.payments() == {"expired": "redirect"}


# Payment list


def test_the_list_shows_206_rows_with_every_oddity(erp: DemoErp, client: Client) -> None:
    erp.control("/reset", {})
    client.sign_in()
    client.enter()

    pages = [client.payments(page=page) for page in (1, 2, 3)]

    statuses = {status for page in pages for status in column(page, "SETL_STATUS_TYPE")}
    assert [len(page["rows"]) for page in pages] == [100, 100, 6]
    assert statuses == {"승인", "취소", "승인실패", "취소실패", "요청중"}
    assert client.payments("reflected")["total"] == 40
    assert client.payments("forced")["total"] == 3
    assert client.payments("all")["total"] == 249


def test_the_same_seed_makes_the_same_payments(erp: DemoErp) -> None:
    weeks = []
    for number in (7, 7, 8):
        erp.control("/reset", {"payments": 60, "seed": number})
        weeks.append([(payment["payer"], payment["amount"]) for payment in erp.payments()])

    assert weeks[0] == weeks[1] != weeks[2]


def test_default_tab_last_opens_the_tab_used_last(erp: DemoErp, client: Client) -> None:
    client.payments("reflected")
    usual = client.behaviour()["first_tab"]
    erp.control("/knobs", {"default_tab": "last"})

    assert (usual, client.behaviour()["first_tab"]) == ("unreflected", "reflected")


def test_page_size_changes_the_pages(erp: DemoErp, client: Client) -> None:
    erp.control("/payments", [{}] * 5)
    erp.control("/knobs", {"page_size": 2})

    last = client.payments(page=3)

    assert (len(last["rows"]), last["pages"], last["first"]) == (1, 3, 5)


def test_page2_delay_s_delays_all_pages_but_the_first(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"page2_delay_s": 0.5})
    began = time.monotonic()
    client.payments(page=1)
    first = time.monotonic() - began

    client.payments(page=2)

    assert first < time.monotonic() - began - first
    assert time.monotonic() - began - first > 0.5


def test_row_inserted_shifts_the_rows_between_two_pages(erp: DemoErp, client: Client) -> None:
    added = erp.control("/payments", [{"requested_at": "2026-01-08T08:07:05"}] * 4)
    erp.control("/knobs", {"page_size": 2, "row_inserted": 1, "window_days": 10_000})

    first, second, again = (client.payments(page=page) for page in (1, 2, 2))

    assert first["total"], second["total"] == (4, 5)
    assert second["rows"][0]["id"] == first["rows"][1]["id"] == added[2]["id"]
    assert again["total"] == 5


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("type", ["SETL_STATUS_TYPE"]),
        ("nm", ["SETL_STAT_NM"]),
        ("both", ["SETL_STATUS_TYPE", "SETL_STAT_NM"]),
        ("none", []),
    ],
)
def test_status_column_names_the_column(erp: DemoErp, client: Client, value: str, ids: list[str]) -> None:
    erp.control("/knobs", {"status_column": value})

    columns = client.payments()["columns"]

    assert [column["id"] for column in columns if column["label"] == "결제상태"] == ids


def test_empty_cells_absent_leaves_the_spans_out(erp: DemoErp, client: Client) -> None:
    erp.add(status="요청중")
    empty = column(client.payments(), "APVL_NO")
    erp.control("/knobs", {"empty_cells": "absent"})

    absent = column(client.payments(), "APVL_NO")

    assert (empty, absent) == ([""], [None])


def test_approval_absent_row_takes_one_span_away(erp: DemoErp, client: Client) -> None:
    erp.control("/payments", [{}] * 3)
    erp.control("/knobs", {"approval_absent_row": 2})

    numbers = column(client.payments(), "APVL_NO")

    assert [number is None for number in numbers] == [False, True, False]


@pytest.mark.parametrize("how", ["nbsp", "wide_space", "blanks", "full_width"])
def test_amount_text_and_status_text_are_disguised(erp: DemoErp, client: Client, how: str) -> None:
    erp.add(amount=1_234_500)
    erp.control("/knobs", {"amount_text": how, "status_text": how})

    page = client.payments()
    [amount], [status] = column(page, "SETL_AMT"), column(page, "SETL_STATUS_TYPE")

    assert amount != "1,234,500"
    assert status != "승인"
    assert unicodedata.normalize("NFKC", str(amount)).strip() == "1,234,500"
    assert unicodedata.normalize("NFKC", str(status)).strip() == "승인"


def test_window_days_is_counted_from_midnight(erp: DemoErp, client: Client) -> None:
    erp.clock(now="2026-06-08T10:00:00")
    for at in ("2026-06-01T00:00:00", "2026-05-31T23:59:59"):
        erp.add(requested_at=at)
    client.sign_in()
    client.enter()
    usual = column(client.payments(), "SETL_REQST_DTM")
    erp.control("/knobs", {"window_days": 8})

    longer = column(client.payments(), "SETL_REQST_DTM")

    assert usual == ["2026/06/01 오전 12:00:00"]
    assert longer == ["2026/06/01 오전 12:00:00", "2026/05/31 오후 11:59:59"]


def test_account_filter_settled_hides_attempts(erp: DemoErp, client: Client) -> None:
    for status in ("승인", "취소", "승인실패", "취소실패", "요청중"):
        erp.add(status=status)
    erp.control("/knobs", {"account_filter": "settled"})

    assert column(client.payments(), "SETL_STATUS_TYPE") == ["취소", "승인"]


def test_a_saved_condition_hides_rows_on_every_tab_until_it_is_lifted(erp: DemoErp, client: Client) -> None:
    erp.add(payer="고객 1")
    erp.add(payer="고객 2")
    erp.control("/knobs", {"payments_hidden": "2"})

    assert [column(client.payments(tab=tab), "CUST_NM") for tab in ("unreflected", "all")] == [["고객 1"]] * 2
    erp.control("/knobs", {"payments_hidden": ""})
    assert column(client.payments(), "CUST_NM") == ["고객 2", "고객 1"]


@pytest.mark.parametrize(
    ("model", "statuses", "same_number"),
    [("A", ["취소"], True), ("B", ["승인", "취소"], True), ("C", ["승인", "취소"], False)],
)
def test_cancel_model_shapes_a_cancellation(erp: DemoErp, model: str, statuses: list[str], same_number: bool) -> None:
    erp.control("/knobs", {"cancel_model": model})
    paid = erp.add(requested_at="2026-01-08T08:07:05", approval_no="00012345")

    cancelled = erp.cancel(paid["id"])

    assert [payment["status"] for payment in erp.payments()] == statuses
    assert (cancelled["approval_no"] == "00012345") is same_number
    assert (cancelled["requested_at"] == paid["requested_at"]) is (model == "A")
    assert cancelled["amount"] == paid["amount"]


# Upload


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (row(date="2026/02/30"), "일자를 확인바랍니다"),
        (row(date="2026-01-08"), "일자를 확인바랍니다"),
        (row(date="2026/1/8"), "일자를 확인바랍니다"),
        (row(date=""), "(필수)"),
        (row(0), "금액을 확인바랍니다"),
        (row(payer=""), "(필수)"),
        (row(account="없는은행"), "미등록코드[없는은행]"),
    ],
)
def test_a_wrong_row_is_refused_and_the_others_are_stored(
    erp: DemoErp, client: Client, wrong: list[str], why: str
) -> None:
    answer = client.save(row(1), wrong, row(-3))

    assert answer["text"] == "성공 : 2건 실패 : 1건"
    assert [(refused["row"], why in refused["reason"]) for refused in answer["refused"]] == [(2, True)]
    assert [slip["amount"] for slip in erp.slips()] == [1, -3]
    assert [(upload["rows"], upload["stored"], upload["fault"]) for upload in erp.uploads()] == [(3, 2, None)]


def test_the_same_rows_twice_make_two_sets_of_slips(erp: DemoErp, client: Client) -> None:
    for _ in range(2):
        client.save(row(5), row(6))

    assert [(slip["slip_no"], slip["upload_id"]) for slip in erp.slips()] == [
        ("2026/01/08 -1", 1),
        ("2026/01/08 -2", 1),
        ("2026/01/08 -3", 2),
        ("2026/01/08 -4", 2),
    ]


def test_closed_until_refuses_old_rows(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"closed_until": "2026/01/08"})

    assert client.save(row(), row(date="2026/01/09"))["text"] == "성공 : 1건 실패 : 1건"


def test_reject_rows_refuses_them_once(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"reject_rows": "4,5"})

    first = client.save(*(row(number) for number in range(1, 6)))
    second = client.save(*(row(number) for number in range(1, 6)))

    assert first["text"] == "성공 : 3건 실패 : 2건"
    assert [refused["row"] for refused in first["refused"]] == [4, 5]
    assert second["text"] == "성공 : 5건 실패 : 0건"


def test_reject_payers_refuses_by_name(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"reject_payers": "누리"})

    [refused] = client.save(row(), row(payer="가온누리"))["refused"]

    assert refused == {"row": 2, "reason": "거래처 미등록코드[가온누리]"}


def test_all_or_nothing_stores_none(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"all_or_nothing": True})

    answer = client.save(row(), row(0), row())

    assert answer["text"] == "성공 : 0건 실패 : 3건"
    assert [refused["row"] for refused in answer["refused"]] == [1, 2, 3]
    assert erp.slips() == []


def test_popup_stays_is_told_to_the_popup(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"popup_stays": True})

    assert client.save(row())["popup_stays"] is True


def test_commit_after_s_stores_though_the_client_is_gone(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"commit_after_s": 0.8})
    client.close(timeout=0.05)

    with pytest.raises(TimeoutError):
        client.save(row())
    client.close()
    before = erp.slips()
    wait_for_slips(erp, 1)

    assert before == []


def test_result_delay_s_delays_the_answer_not_the_slips(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"result_delay_s": 20})
    began = time.monotonic()
    client.close(timeout=0.1)

    with pytest.raises(TimeoutError):
        client.save(row())

    assert len(erp.slips()) == 1
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("성공: {ok}건 실패: {bad}건", "성공: 1건 실패: 1건"),
        ("성공：{ok}건 실패：{bad}건", "성공：1건 실패：1건"),
        ("성공 : {ok:,}건 실패 : {bad:,}건", "성공 : 1건 실패 : 1건"),
    ],
)
def test_result_text_is_a_pattern(erp: DemoErp, client: Client, pattern: str, text: str) -> None:
    erp.control("/knobs", {"result_text": pattern})

    assert client.save(row(), row(0))["text"] == text


@pytest.mark.parametrize(
    ("fault", "stored", "answer"),
    [
        ("no_dialog", 2, {"show": "no_dialog"}),
        ("dialog_only", 0, {"text": "성공 : 2건 실패 : 0건", "show": "dialog"}),
        ("zero", 0, {"text": "성공 : 0건 실패 : 0건", "show": "dialog"}),
        ("stored_twice", 4, {"text": "성공 : 2건 실패 : 0건", "show": "dialog"}),
        ("notice_first", 2, {"show": "notice_first"}),
        ("native_alert", 2, {"show": "native_alert"}),
        ("session_lost", 0, {"expired": "dialog"}),
        ("session_lost_after", 2, {"expired": "dialog"}),
    ],
)
def test_save_fault_with_an_answer(
    erp: DemoErp, client: Client, fault: str, stored: int, answer: dict[str, object]
) -> None:
    erp.control("/knobs", {"save_fault": fault})

    answered = client.save(row(1), row(2))

    assert answered.items() >= answer.items()
    assert len(erp.slips()) == stored
    [upload] = erp.uploads()
    assert (upload["rows"], upload["stored"], upload["fault"]) == (2, stored, fault)
    assert erp.knobs()["save_fault"] == "none"
    if fault.startswith("session_lost"):
        assert client.payments() == {"expired": "dialog"}


@pytest.mark.parametrize(("fault", "stored"), [("error_500", 0), ("error_500_after", 1)])
def test_save_fault_with_an_error(erp: DemoErp, client: Client, fault: str, stored: int) -> None:
    erp.control("/knobs", {"save_fault": fault})

    with pytest.raises(AssertionError, match="500"):
        client.save(row())

    assert len(erp.slips()) == stored


@pytest.mark.parametrize(("fault", "stored"), [("cut_before", 0), ("cut_after", 1), ("cut_after_reused", 1)])
def test_save_fault_with_a_cut_connection(erp: DemoErp, client: Client, fault: str, stored: int) -> None:
    erp.control("/knobs", {"save_fault": fault})

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        client.save(row())

    assert len(erp.slips()) == stored
    assert [(upload["fault"], upload["reused_connection"]) for upload in erp.uploads()] == [(fault, True)]


def deposits(client: Client) -> tuple[list[str | None], str]:
    """Return the payers of the deposit list, and the period that it shows."""
    answer = client.call("app.deposit/action/ListDeposits", {"page": 1})
    return column(answer, "CUST_NM"), str(answer["period"])


def test_deposit_days_and_until_days_narrow_the_deposit_list_and_show_it(erp: DemoErp, client: Client) -> None:
    client.save(row())
    today = erp.now().date()

    assert deposits(client) == (["새빛"], f"{today - timedelta(days=30):%Y/%m/%d} ~ {today:%Y/%m/%d}")

    erp.control("/knobs", {"deposit_days": 5, "deposit_until_days": 1})
    assert deposits(client) == (
        [], f"{today - timedelta(days=5):%Y/%m/%d} ~ {today - timedelta(days=1):%Y/%m/%d}"
    )  # fmt: skip


def test_deposit_filter_hides_deposits_and_says_nothing(erp: DemoErp, client: Client) -> None:
    client.save(row(payer="가온"), row(payer="가온누리"), row(payer="새빛"))
    _, period = deposits(client)

    erp.control("/knobs", {"deposit_filter": "가온"})

    assert deposits(client) == (["가온누리", "가온"], period)


def test_idle_close_s_cuts_what_comes_over_an_idle_connection_and_stores_nothing(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"idle_close_s": 0.000_001})

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        client.save(row())
    assert not erp.uploads()
    client.close()

    assert client.save(row())["text"] == "성공 : 1건 실패 : 0건"


def test_cut_after_reused_spares_a_fresh_connection(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"save_fault": "cut_after_reused"})
    client.close()

    answer = client.save(row())

    assert answer["text"] == "성공 : 1건 실패 : 0건"
    assert erp.knobs()["save_fault"] == "cut_after_reused"


def test_save_fault_times_counts_down_and_zero_is_for_ever(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"save_fault": "zero", "save_fault_times": 2})
    twice = [client.save(row())["text"] for _ in range(3)]
    erp.control("/knobs", {"save_fault": "zero", "save_fault_times": 0})

    always = [client.save(row())["text"] for _ in range(3)]

    assert twice == ["성공 : 0건 실패 : 0건"] * 2 + ["성공 : 1건 실패 : 0건"]
    assert always == ["성공 : 0건 실패 : 0건"] * 3


@pytest.mark.parametrize("how", ["json", "form", "base64", "plain"])
def test_payload_format_is_understood(erp: DemoErp, client: Client, how: str) -> None:
    erp.control("/knobs", {"payload_format": how})
    rows = [row(1, payer="가온"), row(2, payer="누리 & 별")]
    packed = json.dumps({"rows": rows})
    raw = {
        "json": packed,
        "form": urlencode({"data": packed}),
        "base64": json.dumps({"d": base64.b64encode(packed.encode()).decode()}),
        "plain": "\r\n".join("\t".join(cells) for cells in rows),
    }[how]

    client.call("app.deposit/action/BulkUpload", raw=raw)

    assert [slip["payer"] for slip in erp.slips()] == ["가온", "누리 & 별"]


def test_save_path_moves_the_save(erp: DemoErp, client: Client) -> None:
    erp.control("/knobs", {"save_path": "app.other/action/Put"})

    gone = client.ask("POST", f"/ec5/api/app.deposit/action/BulkUpload?ec_req_sid={client.sid}", "{}")[0]
    moved = client.call("app.other/action/Put", {"rows": [row()]})

    assert gone == 404
    assert moved["text"] == "성공 : 1건 실패 : 0건"
    assert client.behaviour()["save_path"] == "app.other/action/Put"


def test_a_save_without_a_session_is_received_and_stored_nowhere(erp: DemoErp, client: Client) -> None:
    erp.control("/sessions/expire", {})

    answer = client.save(row())

    assert answer == {"expired": "dialog"}
    assert [(upload["stored"], upload["fault"]) for upload in erp.uploads()] == [(0, "session_expired")]


def test_reflect_on_upload_moves_the_payment(erp: DemoErp, client: Client) -> None:
    erp.clock(now="2026-01-08T12:00:00")
    erp.add(payer="새빛", amount=700)
    erp.add(payer="다온", amount=800)
    client.sign_in()
    client.enter()
    client.save(row(700))
    stays = client.payments()["total"]
    erp.control("/knobs", {"reflect_on_upload": True})

    client.save(row(800, payer="다온"))

    assert stays == 2
    assert [payment["reflected"] for payment in erp.payments()] == [True, True]


# Life


def test_arrivals_come_and_some_are_cancelled(erp: DemoErp) -> None:
    erp.control("/knobs", {"arrivals_per_min": 6000, "arrivals_after_s": 0, "cancel_share": 1})

    deadline = time.monotonic() + 5
    while "취소" not in {payment["status"] for payment in erp.payments()}:
        assert time.monotonic() < deadline, erp.payments()
        time.sleep(0.05)


def test_arrivals_after_s_holds_them_back(erp: DemoErp) -> None:
    erp.control("/knobs", {"arrivals_per_min": 6000, "arrivals_after_s": 3600})
    time.sleep(0.6)

    assert erp.payments() == []


def test_reflect_after_s_moves_what_was_posted_long_ago(erp: DemoErp, client: Client) -> None:
    erp.clock(now="2026-01-08T12:00:00")
    for amount in (700, 800):
        erp.add(payer="새빛", amount=amount)
    client.sign_in()
    client.enter()
    client.save(row(700))
    erp.control("/knobs", {"reflect_after_s": 600})
    erp.clock(now="2026-01-08T12:11:00")

    deadline = time.monotonic() + 5
    while [payment["reflected"] for payment in erp.payments()] != [True, False]:
        assert time.monotonic() < deadline, erp.payments()
        time.sleep(0.05)


def wait_for_slips(erp: DemoErp, count: int) -> None:
    """Wait until the ERP has stored so many slips."""
    deadline = time.monotonic() + 5
    while len(erp.slips()) < count:
        assert time.monotonic() < deadline, erp.slips()
        time.sleep(0.02)
