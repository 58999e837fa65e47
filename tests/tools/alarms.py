"""`python -m tests.tools.alarms`: writes docs/alarms.md and docs/ko/alarms.md from the catalogue of alarms."""

from collections.abc import Mapping
from pathlib import Path

from worker.alerts.catalogue import CAUSES
from worker.alerts.listing import AUDIENCES
from worker.i18n.language import Language

PROJECT = Path(__file__).resolve().parents[2]

#: Where the table of each language stands, from the project's folder.
PLACES: Mapping[Language, str] = {Language.EN: "docs/alarms.md", Language.KO: "docs/ko/alarms.md"}

#: What stands above each table.
_HEADS: Mapping[Language, str] = {
    Language.EN: """\
# Alarms

<!-- Made by `python -m tests.tools.alarms` from worker/alerts/catalogue.py. -->

One problem is one mail, however often it happens. daybreak mails it at once, and after an hour as a digest. While it
lasts, a digest follows once a day; when it is over, one more mail says so. `daybreak status` and the mail name the
cause. `daybreak alarms` prints this list below what is open, `daybreak alarms --language ko` prints it in Korean.
Reminders rest once somebody has acknowledged an alarm: [operating.md](operating.md#being-told).

Money concerns the office (`MAIL_TO`), the machine concerns who looks after it (`MAIL_TO_KEEPER`). What keeps payments
from being posted concerns both. Without `MAIL_TO_KEEPER` all of it goes to `MAIL_TO`. Other channels
(`APPRISE_URLS_FILE`) get everything. What does not get out for an hour is told wherever something does (cause
*alarms*).

| cause | what it means | what daybreak did | what you do | who is told |
""",
    Language.KO: """\
# 알림

<!-- Made by `python -m tests.tools.alarms` from worker/alerts/catalogue.py. -->

문제 하나에 메일 하나를 보냅니다. 같은 문제가 여러 번 발생해도 마찬가지입니다. 발생하면 바로 한 번, 한 시간 뒤에
묶어서 한 번 보냅니다. 문제가 계속되는 동안에는 하루에 한 번, 해결되면 한 번 더 보냅니다. 원인 이름은 메일과
`daybreak status` 에 나옵니다. 이 목록은 `daybreak alarms` 로도 볼 수 있습니다. 한국어로 보려면
`REPORT_LANGUAGE = ko` 를 설정하거나 `daybreak alarms --language ko` 를 입력해 주십시오. 누군가 알림을 확인하면
재알림이 멈춥니다. [operating.md](operating.md#알림과-보고서) 에 설명이 있습니다.

돈에 관한 알림은 사무실(`MAIL_TO`)로, 장비에 관한 알림은 장비 담당자(`MAIL_TO_KEEPER`)에게 보냅니다. 입금을 올리지
못하게 되는 문제는 양쪽에 모두 보냅니다. `MAIL_TO_KEEPER` 를 비워 두면 모두 `MAIL_TO` 로 보냅니다. 다른 알림
경로(`APPRISE_URLS_FILE`)는 모든 알림을 받습니다. 한 시간 동안 전달하지 못한 메시지가 있으면, 전달되는 곳에 그 사실을
알립니다(원인 *alarms*).

| 원인 | 뜻 | 프로그램이 한 일 | 하실 일 | 받는 사람 |
""",
}


def page(language: Language) -> str:
    """Return the whole document in a language."""
    rows = [
        f"| {name} | {cause.title(language)} | {cause.done(language)} | {cause.todo(language)} "
        f"| {AUDIENCES[cause.concerns](language)} |\n"
        for name, cause in CAUSES.items()
    ]
    return "".join([_HEADS[language], "|---|---|---|---|---|\n", *rows])


def main() -> None:
    """Write both documents."""
    for language, place in PLACES.items():
        (PROJECT / place).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
