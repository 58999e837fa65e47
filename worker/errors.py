"""The errors of daybreak, named by what the caller does next.

DaybreakError
├── SettingsError         fix the settings; starting again will not help (exit 78)
├── AlreadyRunning        another worker holds the lock (exit 75)
├── StopRequested         the worker was asked to stop; leave between two steps
├── Superseded            a newer worker owns the ledger; end this one at once
├── LedgerError           the ledger can't be trusted; post nothing, a person must look
│   ├── LedgerDamaged     a check of its file failed; a backup or a repair, then a proof
│   ├── NotAdopted        nobody has said what was posted before; run `daybreak adopt`
│   │   └── AgeUnproved   a restored ledger is being proved by look-ups; the next cycle goes on by itself
│   └── ProofFailed       what was read and what the ledger says of it differ; people were told
├── SettingsRefused       the ERP refuses every row for one reason; send nothing until a person says it is mended
├── IllegalMove           a deposit is not where the caller thinks it is; a bug, post nothing
│   └── Overtaken         another decision came since it was shown; show it again
└── ErpError              the ERP did not do what we asked
    ├── ErpUnavailable    nothing happened; the next try may work
    ├── SessionExpired    nothing happened; sign in again
    ├── ErpChanged        the screen is not the one we know; a person must look
    │   ├── EndUnproved   or it is, and a list may hold more than it shows: what is not on it may be there
    │   ├── ListDoubted   or it is, and what it lists is not believed before a person has answered one question
    │   └── ScreensDoubted  it was read by other words before; nothing is read until a person has looked
    ├── SignInRefused     the ERP refused user or password; do not try for long
    ├── AccountInUse      a person works with this account; leave them alone
    ├── PasteLost         the grid does not hold what was pasted; nothing was saved
    ├── SaveBlocked       the save gate kept the save back; nothing was saved
    └── DepositInDoubt    the save went out and no clear answer came: never send it again
"""


class DaybreakError(Exception):
    """Any failure daybreak has a name for. Its text is a sentence for the person who runs it."""


class SettingsError(DaybreakError):
    """The settings are wrong. The text names every one of them and what to write instead."""

    #: Each problem by itself, where several were found.
    problems: tuple[str, ...] = ()


class AlreadyRunning(DaybreakError):
    """Another process holds the lock. The text names its pid, start and folder."""


class StopRequested(DaybreakError):
    """The worker was asked to stop and stood between two steps, or waited for an ERP in one."""


class Superseded(DaybreakError):
    """This worker's lock or generation is not the newest any more: it may write and post nothing."""


class LedgerError(DaybreakError):
    """The ledger is missing, damaged, older than its surroundings or of a newer version."""


class LedgerDamaged(LedgerError):
    """A check of the ledger's file failed: what waits can't be trusted."""

    def __init__(self, text: str, *, found: str) -> None:
        """`text` is the sentence for people; `found` is what the check has found."""
        super().__init__(text)
        self.found = found


class NotAdopted(LedgerError):
    """The ledger has no adoption record for this company, ERP address and machine."""


class AgeUnproved(NotAdopted):
    """What a restored ledger can't know is being looked up in the ERP: no failure, and nothing for a person to do."""


class ProofFailed(LedgerError):
    """The sums of a cycle do not agree. An incident and an alarm were written down."""


class SettingsRefused(DaybreakError):
    """The ERP refuses every row for one reason. What waits stays as it is; nothing is sent until that is mended."""


class IllegalMove(DaybreakError):
    """A move that the table of legal moves does not hold, or from a state that is no longer true."""


class Overtaken(IllegalMove):
    """What a decision is about has changed since it was shown. The text says who did that, and when."""


class ErpError(DaybreakError):
    """The ERP did not do what we asked."""


class ErpUnavailable(ErpError):
    """The ERP did not answer or not in time. Nothing happened; try again later."""


class SessionExpired(ErpUnavailable):
    """The ERP showed the login page or said that the session has ended. Nothing happened."""


class ErpChanged(ErpError):
    """A marker, a column or a label is not what it was. Nothing happened; a person must look."""


class EndUnproved(ErpChanged):
    """Nothing proves that a list shows all that is there: where it ends, or what a filter or period hides."""


class ListDoubted(ErpChanged):
    """The list was read completely and is not believed: edited, another one, or partly hidden. Nothing is posted."""


class ScreensDoubted(ErpChanged):
    """A screen could be read, but by an id under other words, or by a title that stands there twice. Nothing is."""


class SignInRefused(ErpError):
    """The ERP refused company, user or password, or wants a second factor."""


class AccountInUse(ErpError):
    """Somebody else is signed in with this account, and we may not throw them out."""


class PasteLost(ErpError):
    """After three tries the grid still did not hold what was pasted. Nothing was saved."""


class SaveBlocked(ErpError):
    """The save gate kept the request back, on purpose or because it did not know it. Nothing was saved."""


class DepositInDoubt(ErpError):
    """The save went out and no clear answer came. It may have been stored: never send it again."""
