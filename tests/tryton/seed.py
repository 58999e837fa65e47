"""Fills a fresh Tryton database, run by Tryton's own Python: `seed.py CONFIG COUNT` with the user's password on stdin.

A company in won with its books, a statement journal, one user who may enter and post, parties, and payments that wait.
All names are invented.
"""

import datetime as dt
import random
import sys
from decimal import Decimal

from proteus import Model, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company

LOGIN = "daybreak"
GROUPS = ("Accounting", "Statement", "Payment")
PAYERS = (
    "한빛상사", "김밥천국", "이서연", "박도윤", "새봄문구", "정하준",
    "바다식당", "최지우", "솔숲카페", "강민서", "누리전자", "윤서진",
)  # fmt: skip


def main(config_file: str, count: int, password: str) -> None:
    """Fill the database `daybreak` of this configuration."""
    config.set_trytond("sqlite:///daybreak", user="admin", config_file=config_file)
    company = books()
    user(company, password)
    payments(company, count)


def books() -> int:
    """Make company, chart of accounts, fiscal year and statement journal; return the company's id."""
    won = Model.get("currency.currency")(
        name="South Korean Won", symbol="₩", code="KRW", numeric_code="410", digits=0, rounding=Decimal(1)
    )
    won.save()
    own = Model.get("party.party")(name="새벽상사")
    own.save()
    create_company(party=own, currency=won)
    create_chart()
    year = set_fiscalyear_invoice_sequences(create_fiscalyear())
    year.click("create_period")
    (journal,) = Model.get("account.journal").find([("code", "=", "STA")], limit=1)
    Model.get("account.statement.journal")(
        name="카드사", journal=journal, account=get_accounts()["cash"], validation="amount"
    ).save()
    (company,) = Model.get("company.company").find()
    return int(company.id)


def user(company: int, password: str) -> None:
    """Make the user that the worker is: no administrator of anything."""
    made = Model.get("res.user")(name="daybreak", login=LOGIN, password=password)
    for group in Model.get("res.group").find([("name", "in", GROUPS)]):
        made.groups.append(group)
    made.companies.append(Model.get("company.company")(company))
    made.company = Model.get("company.company")(company)
    made.save()


def payments(company: int, count: int) -> None:
    """Make payments of the last days that wait to be processed."""
    chance = random.Random(8)
    parties = []
    for name in PAYERS:
        party = Model.get("party.party")(name=name)
        party.save()
        parties.append(party)
    cards = Model.get("account.payment.journal")(name="카드", process_method="manual")
    cards.save()
    made = []
    for _ in range(count):
        one = Model.get("account.payment")(
            company=Model.get("company.company")(company),
            journal=cards,
            kind="receivable",
            party=chance.choice(parties),
            amount=Decimal(chance.randrange(3, 480)) * 500,
            date=dt.date.today() - dt.timedelta(days=chance.randrange(5)),  # noqa: DTZ011 - the server's own day
            reference=f"{chance.randrange(10**8):08}",
        )
        one.save()
        made.append(one)
    Model.get("account.payment").click(made, "submit")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.stdin.readline().strip())
