"""Invented people, firms, cards and numbers. None of them exists."""

from random import Random
from typing import Any

#: One generic name that many different customers pay under.
GENERIC_PAYER = "일반고객(카드)"

PAYERS = (
    "(주)가온누리물산",
    "새빛들상사",
    "한울림유통(주)",
    "다온마루상회",
    "주식회사 별하늘테크",
    "온새미로식품",
    "NARAE TRADING",
    "푸른솔 건재",
    "미리내문구/2호점",
    "[도매] 해오름상회",
    "시나브로커피",
    "가람슬기 농원",
    "라온제나(온라인)",
    "010-0000-1234 홍가상",
    "늘봄꽃방",
    "BYEOL & SOL",
    "(유)윤슬전자",
    "도담도담키즈",
    "예그리나 [본점]",
    "너울가지산업",
    "하람인쇄",
    "꽃다지 분식 3호",
    "아라미르해운",
    "솔찬의료기",
)
ACQUIRERS = (
    "KB국민카드",
    "비씨카드사",
    "신한카드",
    "NH농협카드",
    "현대카드사",
    "삼성카드사",
    "하나카드사",
)
REQUESTERS = ("WEB01", "WEB02", "SHOP07", "SHOP11", "CALL03", "KIOSK2")


def payer(random: Random) -> str:
    """Return a payer; about one in five pays under the generic name."""
    return GENERIC_PAYER if random.random() < 0.2 else random.choice(PAYERS)


def amount(random: Random) -> int:
    """Return an amount in won, mostly between 1,000 and 300,000."""
    won = min(random.lognormvariate(10.9, 1.1), 9_900_000)
    return max(1_000, round(won / 100) * 100 if random.random() < 0.8 else round(won / 10) * 10)


def card(random: Random) -> str:
    """Return a masked card number: 6 digits, 10 asterisks."""
    return f"99{random.randrange(10_000):04}{'*' * 10}"


def approval_no(random: Random) -> str:
    """Return 8 digits; one number in six begins with zeros."""
    top = 10**6 if random.random() < 1 / 6 else 10**8
    return f"{random.randrange(1, top):08}"


def payment(random: Random) -> dict[str, Any]:
    """Return an approved payment, without its time."""
    return {
        "requester": random.choice(REQUESTERS),
        "payer": payer(random),
        "amount": amount(random),
        "method": "카드",
        "acquirer": random.choice(ACQUIRERS),
        "card": card(random),
        "status": "승인",
        "approval_no": approval_no(random),
    }
