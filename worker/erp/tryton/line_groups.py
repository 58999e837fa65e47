"""Line Groups: the lines of validated and posted statements, where a key can be found again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from worker.erp import ProgressReporter
from worker.erp.tryton import markers
from worker.erp.tryton.client import Client, Screen
from worker.i18n import message

#: Maximum keys of one question: they stand in the address.
AT_ONCE = 50

COLUMNS = ("Statement", "Number", "Move")


class LineGroups:
    """Looks posted lines up by their number."""

    def __init__(self, client: Client, *, pulse: ProgressReporter) -> None:
        self._client = client
        self._pulse = pulse

    def find(self, keys: Collection[str]) -> Mapping[str, list[str]]:
        """Return {key: statements and moves} of the posted lines; a line that is only validated is no deposit yet."""
        model, name = markers.LINE_GROUPS
        found: dict[str, list[str]] = {}
        for some in _in_parts(sorted(keys)):
            self._pulse(message("reading {title}", title=name), 2 * self._client.list_s)
            screen = Screen(model=model, name=name, domain=[["number", "in", some]])
            for row in self._client.rows(screen, COLUMNS):
                # The number of a move that is not posted stands in brackets.
                if row["Number"] in keys and row["Move"] and not row["Move"].startswith(("(", "[", "*")):
                    found.setdefault(row["Number"], []).append(f"{row['Statement']} {row['Move']}")
        return found

    def has_any(self) -> bool:
        """True when any line was validated or posted, whoever did it."""
        model, name = markers.LINE_GROUPS
        return bool(self._client.open(Screen(model=model, name=name, domain=[]))["rows"])


def _in_parts(keys: Sequence[str]) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, AT_ONCE)):
        yield some
