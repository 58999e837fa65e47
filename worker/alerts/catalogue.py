"""The table of causes: what people are told of each problem, and whether it lasts until it is ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from worker.i18n.language import Words

#: A problem that does not last is closed, silently, so long after its latest sign.
SILENT_AFTER = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One kind of problem, in the words of an accounting office."""

    #: One line for the subject.
    title: Words
    #: What the system did by itself.
    done: Words
    #: What the reader should do.
    todo: Words
    #: True: it is over when the ledger says so, and its end is told. False: it happened, and is over by itself.
    lasts: bool = False
    #: True: it is about money that is posted or not, and told at once however often it comes.
    money: bool = False
    #: True: people are reminded of it on work days only.
    on_work_days: bool = False
    #: Which log tells more: worker, guards or circusd.
    log: str = "worker"


_NOTHING_POSTED = Words(
    "Nothing is posted until this is solved. Payments stay in the ERP's list and are posted afterwards.",
    "해결될 때까지 입금을 올리지 않습니다. 결제 내역은 ERP 목록에 남아 있으며, 해결된 뒤에 처리됩니다.",
)
_NO_RETRY = Words(
    "The rows stay as they are; they are not sent again without a decision.",
    "해당 건은 그대로 두었으며, 확인 없이는 다시 전송하지 않습니다.",
)
_REPLACED = Words(
    "The worker was ended with everything it had started, and a new one was started.",
    "처리 프로그램을 하위 프로세스까지 모두 종료하고 새로 시작했습니다.",
)
_NOT_YOURS = Words(
    "Nothing, if it happens once. If it comes again, the person who looks after the machine should read the log.",
    "한 번이면 조치하실 일이 없습니다. 반복되면 장비 담당자가 로그를 확인해 주십시오.",
)
_RESOLVE = Words(
    "Look at each row in the ERP, then settle it: daybreak resolve",
    "각 건을 ERP에서 확인한 뒤 처리 결과를 입력해 주십시오: daybreak resolve",
)
_COMPARE = Words(
    "Compare the deposits of the day with the ERP's payment list, and tell the person who looks after the machine.",
    "해당 일자의 입금 내역을 ERP 결제 목록과 대조하고, 장비 담당자에게 알려 주십시오.",
)
_WENT_ON = Words("The work went on.", "업무 처리는 계속되었습니다.")

CAUSES: Mapping[str, Cause] = {
    "cycles fail": Cause(
        title=Words("Card payments can't be posted", "카드 입금 처리가 계속 실패하고 있습니다"),
        done=Words(
            "It tries again after 5 and 15 minutes, and at every regular time. Nothing is lost meanwhile: payments "
            "stay in the ERP's list.",
            "5분, 15분 뒤와 정해진 시각마다 다시 시도합니다. "
            "그동안 결제 내역은 ERP 목록에 남아 있으므로 누락되지 않습니다.",
        ),
        todo=Words(
            "See whether the ERP can be opened in a browser. If it can, tell the person who looks after the machine.",
            "브라우저에서 ERP에 접속되는지 확인해 주십시오. 접속된다면 장비 담당자에게 알려 주십시오.",
        ),
        lasts=True,
    ),
    "promise broken": Cause(
        title=Words("The worker hung and was replaced", "처리 프로그램이 응답하지 않아 다시 시작했습니다"),
        done=_REPLACED,
        todo=_NOT_YOURS,
        log="guards",
    ),
    "crash loop": Cause(
        title=Words("The worker keeps ending", "처리 프로그램이 반복해서 종료되고 있습니다"),
        done=Words(
            "It is started again and again, with growing waits of at most five minutes.",
            "최대 5분까지 간격을 늘려 가며 계속 다시 시작하고 있습니다.",
        ),
        todo=Words(
            "The person who looks after the machine should read today's worker log and run: daybreak status",
            "장비 담당자가 오늘 worker 로그를 확인하고 daybreak status 를 실행해 주십시오.",
        ),
        lasts=True,
        log="guards",
    ),
    "settings": Cause(
        title=Words(
            "The settings are wrong, nothing is posted", "설정이 잘못되어 입금을 올리지 못하고 있습니다 (확인 필요)"
        ),
        done=Words(
            "Nothing is posted until they are corrected. Payments stay in the ERP's list and are posted afterwards.",
            "고칠 때까지 입금을 올리지 않습니다. 결제 내역은 ERP 목록에 남아 있으며, 고친 뒤에 처리됩니다.",
        ),
        todo=Words(
            "Correct the settings that are named here or in today's worker log. Then, where the worker has stopped: "
            "circusctl start worker; where the ERP refused the deposits: daybreak resolve settings --mended",
            "여기 또는 오늘 worker 로그에 적힌 설정을 고쳐 주십시오. 처리 프로그램이 멈춘 경우: "
            "circusctl start worker, ERP가 입금을 거부한 경우: daybreak resolve settings --mended",
        ),
        lasts=True,
    ),
    "settings file": Cause(
        title=Words("The settings can't be read", "설정 파일을 읽을 수 없습니다"),
        done=Words(
            "The worker goes on until its next start, which will refuse them. Guards and messages go on with the last "
            "good settings.",
            "처리 프로그램은 다음 시작 전까지 계속 동작하며, 다음 시작 때 설정을 거부합니다. "
            "감시와 알림은 마지막으로 정상이었던 설정으로 계속됩니다.",
        ),
        todo=Words(
            "Correct the lines that are named below, before the next start at 05:55, then run: daybreak check",
            "다음 시작(05:55) 전에 아래에 적힌 줄을 고친 뒤 실행해 주십시오: daybreak check",
        ),
        log="guards",
    ),
    "recycle": Cause(
        title=Words("The daily restart did not go as planned", "매일 하는 재시작이 계획대로 되지 않았습니다"),
        done=Words("It goes on trying.", "계속 시도하고 있습니다."),
        todo=_NOT_YOURS,
        log="guards",
    ),
    "held": Cause(
        title=Words("Payments are held for a decision", "보류된 카드 결제가 있습니다 (확인 필요)"),
        done=Words(
            "They were not sent to the ERP. All other payments go on.",
            "해당 건은 ERP에 전송하지 않았습니다. 다른 결제는 정상 처리됩니다.",
        ),
        todo=_RESOLVE,
        lasts=True,
        money=True,
    ),
    "in doubt": Cause(
        title=Words(
            "It is not certain whether deposits were stored", "입금 저장 여부가 불확실한 건이 있습니다 (확인 필요)"
        ),
        done=Words(
            "They are not sent again. Where the deposit list can be read, they are looked up there and settled by "
            "themselves.",
            "다시 전송하지 않습니다. 입금 조회가 설정되어 있으면 ERP에서 찾아 자동으로 확정합니다.",
        ),
        todo=Words(
            "Look for each deposit in the ERP, then say whether it is there: daybreak resolve",
            "각 입금이 ERP에 저장되었는지 찾아본 뒤 결과를 입력해 주십시오: daybreak resolve",
        ),
        lasts=True,
        money=True,
    ),
    "rejected": Cause(
        title=Words("The ERP refused deposits", "ERP가 저장을 거부한 입금이 있습니다 (확인 필요)"),
        done=_NO_RETRY,
        todo=_RESOLVE,
        lasts=True,
        money=True,
    ),
    "odd row": Cause(
        title=Words("Rows of the payment list can't be understood", "해석할 수 없는 결제 행이 있습니다 (확인 필요)"),
        done=Words(
            "They were not posted. All other payments go on.",
            "해당 행은 입금 처리하지 않았습니다. 다른 결제는 정상 처리됩니다.",
        ),
        todo=_RESOLVE,
        lasts=True,
        money=True,
    ),
    "proof": Cause(
        title=Words("The accounting proof shows a difference", "입금 대사에서 차이가 발견되었습니다"),
        done=Words(
            "The difference was written down; nothing was changed.", "차이를 기록했으며, 아무것도 바꾸지 않았습니다."
        ),
        todo=_COMPARE,
        money=True,
    ),
    "gap in the list": Cause(
        title=Words(
            "Payments may leave the list before they are read", "결제 내역이 처리 전에 목록에서 사라질 수 있습니다"
        ),
        done=Words("It reads the list as soon as it can.", "가능한 대로 바로 목록을 다시 읽습니다."),
        todo=Words(
            "Make sure that the machine and the ERP run. Afterwards compare the ERP's payments of these days with the "
            "deposits.",
            "장비와 ERP가 작동하는지 확인해 주십시오. 이후 해당 기간의 결제 내역과 입금을 대조해 주십시오.",
        ),
        money=True,
    ),
    "empty list": Cause(
        title=Words("The payment list is suddenly empty", "결제 목록이 갑자기 비어 있습니다"),
        done=Words(
            "It was noted, and the list is read again at the next time.", "기록했으며, 다음 시각에 다시 읽습니다."
        ),
        todo=Words(
            "Look at the payment list in the ERP: are there really no payments?",
            "ERP 결제 목록을 열어 정말로 결제 내역이 없는지 확인해 주십시오.",
        ),
        money=True,
    ),
    "large day": Cause(
        title=Words(
            "Far more payments in a day than on any day before",
            "하루 결제가 이전 어느 날보다 크게 많습니다 (확인 필요)",
        ),
        done=Words(
            "They are posted like any others: a busy day is no mistake by itself.",
            "다른 결제와 똑같이 입금 처리합니다. 결제가 많다는 것만으로 오류는 아니기 때문입니다.",
        ),
        todo=Words(
            "Look at the day's payments in the ERP. If they are not real, type daybreak pause 2h and tell the person "
            "who looks after the machine.",
            "ERP에서 그날의 결제 내역을 확인해 주십시오. 실제 결제가 아니라면 daybreak pause 2h 를 실행하고 "
            "장비 담당자에게 알려 주십시오.",
        ),
        money=True,
    ),
    "stored twice": Cause(
        title=Words("A deposit stands in the ERP more than once", "ERP에 같은 입금이 중복으로 저장되어 있습니다"),
        done=Words("It sent it once; the ERP stored it again.", "한 번만 전송했으나 ERP에 중복 저장되었습니다."),
        todo=Words("Delete the extra ones in the ERP by hand.", "ERP에서 중복된 입금을 직접 삭제해 주십시오."),
        money=True,
    ),
    "layout": Cause(
        title=Words("A screen of the ERP has changed", "ERP 화면 구성이 바뀌었습니다"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should compare the screen with the evidence. Until then post "
            "urgent deposits by hand.",
            "장비 담당자가 증빙과 ERP 화면을 비교해 주십시오. 급한 입금은 그동안 수기로 처리해 주십시오.",
        ),
        lasts=True,
    ),
    "screens": Cause(
        title=Words(
            "The ERP's screens are not what they were at the last good cycle",
            "ERP 화면이 마지막 정상 사이클 때와 다릅니다",
        ),
        done=Words(
            "Nothing was changed. Everything that is needed was found, so the day's payments are posted as usual.",
            "변경한 것은 없습니다. 필요한 항목은 모두 확인되어 당일 결제는 평소와 같이 처리합니다.",
        ),
        todo=Words(
            "The person who looks after the machine should compare the ERP's screens with what it says. It is told "
            "once.",
            "장비 담당자가 ERP 화면을 표시된 내용과 비교해 주십시오. 같은 변경은 한 번만 알립니다.",
        ),
    ),
    "password": Cause(
        title=Words("The ERP refuses the password", "ERP 로그인이 거부되었습니다"),
        done=Words(
            "After two refusals it signs in no more until the password file changes: five would lock the account.",
            "두 번 거부되면 비밀번호 파일이 바뀔 때까지 로그인하지 않습니다. "
            "다섯 번 실패하면 계정이 잠기기 때문입니다.",
        ),
        todo=Words(
            "Put the valid password into the file that ERP_PASSWORD_FILE names. The next cycle tries it.",
            "ERP_PASSWORD_FILE 에 지정한 파일에 올바른 비밀번호를 넣어 주십시오. 다음 사이클에 자동으로 시도합니다.",
        ),
        lasts=True,
    ),
    "account in use": Cause(
        title=Words("Somebody else uses the ERP account", "다른 사용자가 ERP 계정을 사용하고 있습니다"),
        done=Words(
            "It leaves them alone and tries again at the next time.",
            "그 접속을 끊지 않고, 다음 시각에 다시 시도합니다.",
        ),
        todo=Words(
            "Sign out of the ERP where this account is open, and use another account for your own work.",
            "이 계정으로 접속한 곳에서 로그아웃하고, 평소 업무에는 다른 계정을 사용해 주십시오.",
        ),
        lasts=True,
    ),
    "certificate": Cause(
        title=Words("A certificate ends soon or is not valid", "인증서가 곧 만료되거나 유효하지 않습니다"),
        done=_WENT_ON,
        todo=Words(
            "Tell whoever runs that server to renew its certificate.",
            "해당 서버 관리자에게 인증서 갱신을 요청해 주십시오.",
        ),
        lasts=True,
    ),
    "disk": Cause(
        title=Words("The disk is nearly full", "디스크 공간이 거의 없습니다"),
        done=Words(
            "It goes on as long as it can write; without space it posts nothing.",
            "기록할 수 있는 동안은 계속 처리하며, 공간이 없으면 입금을 올리지 않습니다.",
        ),
        todo=Words("Free some space on that disk.", "해당 디스크의 여유 공간을 확보해 주십시오."),
        lasts=True,
    ),
    "no payments": Cause(
        title=Words("No new payment today", "오늘 새로 들어온 카드 결제가 없습니다"),
        done=Words("The list was read as always.", "결제 목록은 평소와 같이 읽었습니다."),
        todo=Words(
            "This weekday always had some. Look whether payments are missing in the ERP's list.",
            "같은 요일에는 항상 결제가 있었습니다. ERP 목록에 빠진 결제가 없는지 확인해 주십시오.",
        ),
        money=True,
    ),
    "guard": Cause(
        title=Words("A guard reports a problem", "감시 프로그램이 문제를 발견했습니다"),
        done=Words("It was written to the guards' log.", "감시 로그에 기록했습니다."),
        todo=_NOT_YOURS,
        log="guards",
    ),
    "stopped": Cause(
        title=Words("The worker was stopped", "처리 프로그램이 중지되었습니다"),
        done=Words(
            "Nothing is posted until it is started again, or until the pause ends. Payments stay in the ERP's list for "
            "about 7 days.",
            "다시 시작하거나 일시 중지가 끝날 때까지 입금을 올리지 않습니다. 결제 내역은 ERP 목록에 약 7일간 남아 "
            "있습니다.",
        ),
        todo=Words(
            "If that was meant: nothing. Else: circusctl start worker",
            "의도한 중지라면 조치하실 일이 없습니다. 아니라면 실행해 주십시오: circusctl start worker",
        ),
        lasts=True,
        on_work_days=True,
        log="guards",
    ),
    "guard stopped": Cause(
        title=Words("A guard of the worker was stopped", "감시 프로그램이 중지되었습니다"),
        done=Words(
            "The worker goes on, but nobody sees it when it hangs, or starts it afresh each morning.",
            "처리 프로그램은 계속 동작하지만, 응답이 없거나 매일 재시작이 필요할 때 알아차릴 수 없습니다.",
        ),
        todo=Words(
            "Start it again: circusctl start plugin:heartbeat, circusctl start plugin:recycle",
            "다시 시작해 주십시오: circusctl start plugin:heartbeat, circusctl start plugin:recycle",
        ),
        lasts=True,
        on_work_days=True,
        log="circusd",
    ),
    "chores": Cause(
        title=Words(
            "Something the worker looks after keeps failing", "처리 프로그램의 부가 작업이 계속 실패하고 있습니다"
        ),
        done=Words(
            "All other work goes on; it is tried again every few seconds.",
            "다른 업무는 계속되며, 몇 초마다 다시 시도합니다.",
        ),
        todo=Words(
            "The person who looks after the machine should read today's worker log.",
            "장비 담당자가 오늘 worker 로그를 확인해 주십시오.",
        ),
        lasts=True,
    ),
    "slot": Cause(
        title=Words("A cycle did not run when it was due", "예정된 사이클이 실행되지 않았습니다"),
        done=Words("Its payments are read with the next cycle.", "해당 사이클의 결제는 다음 사이클에 함께 처리됩니다."),
        todo=_NOT_YOURS,
    ),
    "ledger": Cause(
        title=Words("The ledger can't be used", "처리 장부를 사용할 수 없습니다"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should run daybreak status; it says what is wrong and what helps.",
            "장비 담당자가 daybreak status 를 실행하고, 안내에 따라 조치해 주십시오.",
        ),
        lasts=True,
    ),
    "adoption": Cause(
        title=Words(
            "Posting is not allowed yet: the ledger must be adopted", "장부 인수가 필요하여 아직 입금을 올리지 않습니다"
        ),
        done=_NOTHING_POSTED,
        todo=Words(
            "Do what it says above; as a rule: say what was posted before, with daybreak adopt",
            "위 내용에 적힌 대로 처리해 주십시오. 보통은 이전에 처리된 입금을 확인하고 실행합니다: daybreak adopt",
        ),
        lasts=True,
    ),
    "memory": Cause(
        title=Words("The worker held too much memory", "처리 프로그램이 메모리를 너무 많이 사용했습니다"),
        done=Words(
            "It was asked to end between two steps, and a new one was started.",
            "작업 사이에 종료하고 새로 시작했습니다.",
        ),
        todo=_NOT_YOURS,
        log="guards",
    ),
    "stuck": Cause(
        title=Words("The worker gets nothing done", "처리 프로그램이 진행되지 않고 있습니다"),
        done=Words("It was replaced once where that can help.", "도움이 되는 경우 한 번 다시 시작했습니다."),
        todo=Words(
            "See whether the ERP can be opened in a browser; the worker's log says what it waits for.",
            "브라우저에서 ERP에 접속되는지 확인해 주십시오. 무엇을 기다리는지는 worker 로그에 있습니다.",
        ),
        log="guards",
    ),
    "circusd": Cause(
        title=Words("The supervisor does not answer", "감독 프로그램(circusd)이 응답하지 않습니다"),
        done=Words(
            "The worker goes on. Where systemd is set up, it restarts the whole tree after 60 s.",
            "처리 프로그램은 계속 작동합니다. systemd가 설정되어 있으면 60초 뒤 전체를 다시 시작합니다.",
        ),
        todo=_NOT_YOURS,
        log="circusd",
    ),
    "backup": Cause(
        title=Words("The daily backup of the ledger failed", "장부의 일일 백업에 실패했습니다"),
        done=Words(
            "Posting goes on; the backup is tried again every hour.",
            "입금 처리는 계속되며, 백업은 한 시간마다 다시 시도합니다.",
        ),
        todo=Words(
            "Look at the disk or the folder that it names: is it there, is there room on it?",
            "표시된 디스크나 폴더를 확인해 주십시오: 연결되어 있는지, 여유 공간이 있는지.",
        ),
        lasts=True,
    ),
    "clock": Cause(
        title=Words("This machine's clock is wrong, or the ERP's", "이 컴퓨터나 ERP의 시계가 맞지 않습니다"),
        done=_WENT_ON,
        todo=Words(
            "The person who looks after the machine should compare its clock with a telephone's, and set it by NTP.",
            "장비 담당자가 컴퓨터 시계를 휴대전화와 비교하고 NTP로 맞춰 주십시오.",
        ),
        lasts=True,
    ),
    "holidays": Cause(
        title=Words("The holiday calendar may be wrong", "공휴일 데이터가 맞지 않을 수 있습니다"),
        done=_WENT_ON,
        todo=Words(
            "Update daybreak, or write the days off into EXTRA_DAYS_OFF.",
            "daybreak 를 업데이트하거나 휴무일을 EXTRA_DAYS_OFF 에 적어 주십시오.",
        ),
        lasts=True,
    ),
    "odd day": Cause(
        title=Words("A day is not what the calendar says", "달력과 다른 날로 보입니다"),
        done=_WENT_ON,
        todo=Words(
            "See whether the day is a holiday at your office, and say so: daybreak schedule --close DATE, or "
            "--open DATE.",
            "해당 일이 휴무일인지 확인하고 입력해 주십시오: daybreak schedule --close 날짜 또는 --open 날짜",
        ),
    ),
    "upgrade": Cause(
        title=Words("An upgrade was interrupted", "버전 교체가 중단되었습니다"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should type ./scripts/upgrade --back: the old version goes on.",
            "장비 담당자가 다음 명령을 실행하면 이전 버전으로 계속합니다: ./scripts/upgrade --back",
        ),
        lasts=True,
    ),
    "alarms": Cause(
        title=Words("Messages can't be delivered", "알림을 전달하지 못하고 있습니다"),
        done=Words(
            "They are kept and tried again at least every 30 minutes.",
            "보관하고 있으며, 30분 이내 간격으로 계속 다시 보냅니다.",
        ),
        todo=Words(
            "Check the channel with: daybreak alert-test",
            "다음 명령으로 전달 경로를 확인해 주십시오: daybreak alert-test",
        ),
        lasts=True,
    ),
}


def cause_of(name: str) -> Cause:
    """Return what is said of a cause; one that nobody knows is told as a guard's report."""
    return CAUSES.get(name, CAUSES["guard"])
