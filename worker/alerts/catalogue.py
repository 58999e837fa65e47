"""The table of causes: what is told of each problem, whom it concerns, and whether it lasts until it is ended."""

from collections.abc import Mapping
from datetime import timedelta

from worker.alerts.cause import Cause, Screen
from worker.config.channels import Audience
from worker.i18n.words import Words

#: The cause of a payment that is not posted although nothing is known to keep it.
LATE = "late"

#: A problem that does not last is closed, silently, so long after its latest sign.
SILENT_AFTER = timedelta(minutes=60)


_NOTHING_POSTED = Words(
    "Nothing is posted until this is solved. Payments stay in the ERP's list and are posted afterwards."
)
_NO_RETRY = Words("The rows stay as they are; they are not sent again without a decision.")
_REPLACED = Words("The worker was ended with everything it had started, and a new one was started.")
_NOT_YOURS = Words(
    "Nothing, if it happens once. If it comes again, the person who looks after the machine should read the log."
)
_RESOLVE = Words(
    'Look at each row in the ERP, then say on the page, under "To look at", what you saw. On the command line: '
    "daybreak resolve"
)
_COMPARE = Words(
    "Compare the deposits of the day with the ERP's payment list, and tell the person who looks after the machine."
)
_WENT_ON = Words("The work went on.")

CAUSES: Mapping[str, Cause] = {
    "cycles fail": Cause(
        title=Words("Card payments can't be posted"),
        done=Words(
            "It tries again after 5 and 15 minutes, and at every regular time. Nothing is lost meanwhile: payments "
            "stay in the ERP's list."
        ),
        todo=Words(
            "See whether the ERP can be opened in a browser. If it can, tell the person who looks after the machine."
        ),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "promise broken": Cause(
        title=Words("The worker hung and was replaced"),
        done=_REPLACED,
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "crash loop": Cause(
        title=Words("The worker keeps ending"),
        done=Words("It is started again and again, with growing waits of at most five minutes."),
        todo=Words("The person who looks after the machine should read today's worker log and run: daybreak status"),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
        log="guards",
    ),
    "settings": Cause(
        title=Words("The settings are wrong, nothing is posted"),
        done=Words(
            "Nothing is posted until they are corrected. Payments stay in the ERP's list and are posted afterwards."
        ),
        todo=Words(
            "Correct the settings that are named here or in today's worker log. Then, where the ERP refused the "
            'deposits, say on the page, under "To look at", that they are corrected (daybreak resolve settings '
            "--mended); where the worker has stopped: circusctl start worker"
        ),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "settings file": Cause(
        title=Words("The settings can't be read"),
        done=Words(
            "The worker goes on until its next start, which will refuse them. Guards and messages go on with the last "
            "good settings."
        ),
        todo=Words("Correct the lines that are named below, before the next start at 05:55, then run: daybreak check"),
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "recycle": Cause(
        title=Words("The daily restart did not go as planned"),
        done=Words("It goes on trying."),
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "held": Cause(
        title=Words("Payments are held for a decision"),
        done=Words("They were not sent to the ERP. All other payments go on."),
        todo=_RESOLVE,
        concerns=Audience.OFFICE,
        screen=Screen.WAITING,
        lasts=True,
        money=True,
    ),
    "in doubt": Cause(
        title=Words("It is not certain whether deposits were stored"),
        done=Words(
            "They are not sent again. Where the deposit list can be read, they are looked up there and settled by "
            "themselves."
        ),
        todo=Words(
            'Look for each deposit in the ERP, then say on the page, under "To look at", how many you found. On the '
            "command line: daybreak resolve"
        ),
        concerns=Audience.OFFICE,
        screen=Screen.WAITING,
        lasts=True,
        money=True,
    ),
    "rejected": Cause(
        title=Words("The ERP refused deposits"),
        done=_NO_RETRY,
        todo=_RESOLVE,
        concerns=Audience.OFFICE,
        screen=Screen.WAITING,
        lasts=True,
        money=True,
    ),
    "odd row": Cause(
        title=Words("Rows of the payment list can't be understood"),
        done=Words("They were not posted. All other payments go on."),
        todo=_RESOLVE,
        concerns=Audience.OFFICE,
        screen=Screen.WAITING,
        lasts=True,
        money=True,
    ),
    LATE: Cause(
        title=Words("A payment has not been posted for 4 hours of business"),
        done=Words("It is kept, and tried again in each cycle. No other alarm says why it waits."),
        todo=Words(
            "Look at Today on the office's page. If nothing is named there, tell the person who looks after the "
            "machine to run: daybreak status. Don't enter the deposit by hand meanwhile: it may still go out."
        ),
        concerns=Audience.BOTH,
        lasts=True,
        money=True,
        on_work_days=True,
    ),
    "proof": Cause(
        title=Words("The accounting proof shows a difference"),
        done=Words("The difference was written down; nothing was changed."),
        todo=_COMPARE,
        concerns=Audience.BOTH,
        screen=Screen.REPORT,
        money=True,
    ),
    "gap in the list": Cause(
        title=Words("Payments may leave the list before they are read"),
        done=Words("It reads the list as soon as it can."),
        todo=Words(
            "Make sure that the machine and the ERP run. Afterwards compare the ERP's payments of these days with the "
            "deposits."
        ),
        concerns=Audience.BOTH,
        screen=Screen.REPORT,
        money=True,
    ),
    "empty list": Cause(
        title=Words("The payment list is suddenly empty"),
        done=Words("It was noted, and the list is read again at the next time."),
        todo=Words("Look at the payment list in the ERP: are there really no payments?"),
        concerns=Audience.OFFICE,
        screen=Screen.REPORT,
        money=True,
    ),
    "large day": Cause(
        title=Words("Far more payments in a day than on any day before"),
        done=Words("They are posted like any others: a busy day is no mistake by itself."),
        todo=Words(
            'Look at the day\'s payments in the ERP. If they are not real, pause it on the page, under "Today" '
            "(daybreak pause 2h), and tell the person who looks after the machine."
        ),
        concerns=Audience.OFFICE,
        screen=Screen.REPORT,
        money=True,
    ),
    "stored twice": Cause(
        title=Words("A deposit stands in the ERP more than once"),
        done=Words("It sent it once; the ERP stored it again."),
        todo=Words("Delete the extra ones in the ERP by hand."),
        concerns=Audience.OFFICE,
        screen=Screen.REPORT,
        money=True,
    ),
    "layout": Cause(
        title=Words("A screen of the ERP has changed"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should compare the screen with the evidence. Until then post "
            "urgent deposits by hand."
        ),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "screens": Cause(
        title=Words("The ERP's screens are not what they were at the last good cycle"),
        done=Words(
            "Nothing was changed. Everything that is needed was found, so the day's payments are posted as usual."
        ),
        todo=Words(
            "The person who looks after the machine should compare the ERP's screens with what it says. It is told "
            "once."
        ),
        concerns=Audience.KEEPER,
    ),
    "password": Cause(
        title=Words("The ERP refuses the password"),
        done=Words(
            "After two refusals it signs in no more until the password file changes: five would lock the account."
        ),
        todo=Words("Put the valid password into the file that ERP_PASSWORD_FILE names. The next cycle tries it."),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "account in use": Cause(
        title=Words("Somebody else uses the ERP account"),
        done=Words("It leaves them alone and tries again at the next time."),
        todo=Words("Sign out of the ERP where this account is open, and use another account for your own work."),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "certificate": Cause(
        title=Words("A certificate ends soon or is not valid"),
        done=_WENT_ON,
        todo=Words("Ask the operator of that server to renew its certificate."),
        concerns=Audience.KEEPER,
        lasts=True,
    ),
    "disk": Cause(
        title=Words("The disk is nearly full"),
        done=Words("It goes on as long as it can write; without space it posts nothing."),
        todo=Words("Free some space on that disk."),
        concerns=Audience.KEEPER,
        lasts=True,
    ),
    "no payments": Cause(
        title=Words("No new payment today"),
        done=Words("The list was read as always."),
        todo=Words("This weekday always had some. Look whether payments are missing in the ERP's list."),
        concerns=Audience.OFFICE,
        screen=Screen.REPORT,
        money=True,
    ),
    "guard": Cause(
        title=Words("A guard reports a problem"),
        done=Words("It was written to the guards' log."),
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "stopped": Cause(
        title=Words("The worker was stopped"),
        done=Words(
            "Nothing is posted until it is started again, or until the pause ends. Payments stay in the ERP's list for "
            "about 7 days."
        ),
        todo=Words(
            'If that was meant: nothing. Else start it again on the page, under "Today". On the command line: '
            "daybreak resume"
        ),
        concerns=Audience.BOTH,
        lasts=True,
        on_work_days=True,
        rests_a_day=True,
        log="guards",
    ),
    "guard stopped": Cause(
        title=Words("A guard of the worker was stopped"),
        done=Words("The worker goes on, but nobody sees it when it hangs, or starts it afresh each morning."),
        todo=Words("Start it again: circusctl start plugin:heartbeat, circusctl start plugin:recycle"),
        concerns=Audience.KEEPER,
        lasts=True,
        on_work_days=True,
        rests_a_day=True,
        log="circusd",
    ),
    "page": Cause(
        title=Words("The office's page can't be reached"),
        done=Words("It is tried again and again. Reading and posting go on without it."),
        todo=Words("The person who looks after the machine should read the page's log: console_….log"),
        concerns=Audience.KEEPER,
        screen=Screen.NONE,
        log="console",
    ),
    "chores": Cause(
        title=Words("Something the worker looks after keeps failing"),
        done=Words("All other work goes on; it is tried again every few seconds."),
        todo=Words("The person who looks after the machine should read today's worker log."),
        concerns=Audience.KEEPER,
        lasts=True,
    ),
    "slot": Cause(
        title=Words("A cycle did not run when it was due"),
        done=Words("Its payments are read with the next cycle."),
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
    ),
    "ledger": Cause(
        title=Words("The ledger can't be used"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should run daybreak status; it says what is wrong and what helps."
        ),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "adoption": Cause(
        title=Words("Posting is not allowed yet: the ledger must be adopted"),
        done=_NOTHING_POSTED,
        todo=Words('Do what it says above; as a rule: on the page, under "Going live", step 5 (daybreak adopt)'),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "memory": Cause(
        title=Words("The worker held too much memory"),
        done=Words("It was asked to end between two steps, and a new one was started."),
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "stuck": Cause(
        title=Words("The worker gets nothing done"),
        done=Words("It was replaced once where that can help."),
        todo=Words("See whether the ERP can be opened in a browser; the worker's log says what it waits for."),
        concerns=Audience.KEEPER,
        log="guards",
    ),
    "circusd": Cause(
        title=Words("The supervisor does not answer"),
        done=Words("The worker goes on. Where systemd is set up, it restarts the whole tree after 60 s."),
        todo=_NOT_YOURS,
        concerns=Audience.KEEPER,
        log="circusd",
    ),
    "backup": Cause(
        title=Words("The daily backup of the ledger failed"),
        done=Words("Posting goes on; the backup is tried again every hour."),
        todo=Words("Look at the disk or the folder that it names: is it there, is there room on it?"),
        concerns=Audience.KEEPER,
        lasts=True,
    ),
    "clock": Cause(
        title=Words("This machine's clock is wrong, or the ERP's"),
        done=_WENT_ON,
        todo=Words(
            "The person who looks after the machine should compare its clock with a telephone's, and set it by NTP."
        ),
        concerns=Audience.KEEPER,
        lasts=True,
    ),
    "holidays": Cause(
        title=Words("The holiday calendar may be wrong"),
        done=_WENT_ON,
        todo=Words("Update daybreak, or write the days off into EXTRA_DAYS_OFF."),
        concerns=Audience.KEEPER,
        screen=Screen.SCHEDULE,
        lasts=True,
    ),
    "odd day": Cause(
        title=Words("A day is not what the calendar says"),
        done=_WENT_ON,
        todo=Words(
            'See whether the day is a holiday at your office, and say so on the page, under "Schedule". On the command '
            "line: daybreak schedule --close DATE, or --open DATE."
        ),
        concerns=Audience.OFFICE,
        screen=Screen.SCHEDULE,
    ),
    "upgrade": Cause(
        title=Words("An upgrade was interrupted"),
        done=_NOTHING_POSTED,
        todo=Words(
            "The person who looks after the machine should type ./scripts/upgrade --back: the old version goes on."
        ),
        concerns=Audience.BOTH,
        lasts=True,
        rests_a_day=True,
    ),
    "alarms": Cause(
        title=Words("Messages can't be delivered"),
        done=Words("They are kept and tried again at least every 30 minutes."),
        todo=Words("Check the channel with: daybreak alert-test"),
        concerns=Audience.KEEPER,
        lasts=True,
        rests_a_day=True,
    ),
}


def cause_of(name: str) -> Cause:
    """Return what is said of a cause; an unknown one is told as a guard's report."""
    return CAUSES.get(name, CAUSES["guard"])
