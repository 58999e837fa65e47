"""Every screen of the page, one line each: a new one joins here, and is looked at as all others are."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.page_office import PageOffice
from tests.unit.console.reader import KEEPER, OFFICE

#: Nobody is signed in.
NOBODY = ""

Address = Callable[[PageOffice], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScreen:
    """One screen."""

    name: str
    address: Address
    #: Who looks at it.
    who: str = OFFICE
    #: Of its answer.
    status: int = 200


def _at(path: str) -> Address:
    """Return an address; {posted} and such stand for the key of a row of that kind."""
    return lambda office: path.format(**office.keys, today=f"{office.today:%Y-%m-%d}")


def _screen(name: str, path: str, *, who: str = OFFICE, status: int = 200) -> PageScreen:
    return PageScreen(name=name, address=_at(path), who=who, status=status)


SCREENS = (
    _screen("sign in", "/sign-in", who=NOBODY),
    PageScreen(name="welcome", address=lambda office: f"/welcome?token={office.invitation()}", who=NOBODY),
    _screen("today", "/", who=KEEPER),
    _screen("waiting", "/waiting"),
    _screen("a partial cancellation", "/waiting/{partial}"),
    _screen("an edited row", "/waiting/{edited}"),
    _screen("a row in doubt", "/waiting/{in_doubt}"),
    _screen("a row that no rule covers", "/waiting/row-1"),
    _screen("a confirmation", "/waiting/{refused}/decide?say=not_posted"),
    _screen("a form that says nonsense", "/waiting/{in_doubt}/decide?say=count&count=x", status=422),
    _screen("a question about everything", "/questions/list"),
    _screen("its confirmation", "/questions/screens/answer?say=screens_seen"),
    _screen("find", "/payments"),
    _screen("find, nothing", "/payments?q=zzz"),
    _screen("find, nonsense", "/payments?from=x", status=400),
    _screen("a payment", "/payments/{posted}"),
    _screen("reports", "/reports"),
    _screen("a report", "/reports?day={today}&show=day"),
    _screen("schedule", "/days"),
    _screen("a day", "/days?day={today}"),
    _screen("alarms", "/alarms"),
    _screen("an alarm", "/alarms/1"),
    _screen("machine", "/machine", who=KEEPER),
    _screen("its log", "/machine/log", who=KEEPER),
    _screen("its settings", "/machine/settings", who=KEEPER),
    _screen("users", "/people", who=KEEPER),
    _screen("going live", "/setup", who=KEEPER),
    _screen("no such screen", "/nothing", status=404),
)
