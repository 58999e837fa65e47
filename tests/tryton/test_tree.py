"""The whole tree on Tryton: circusd, worker, browser; all 30 payments, once each, in the database."""

from pathlib import Path

from tests.rig import Circusd, wait_until
from tests.tryton.server import TrytonServer
from tests.tryton.tree import ask, prepare, tree_settings

#: Seconds for 30 payments, one field after the other, on a machine that does much else.
POSTED_WITHIN = 900.0


def test_the_tree_posts_all_payments_once(server: TrytonServer, tmp_path: Path) -> None:
    assert server.payments() == 30
    values = tree_settings(server.port)
    circus = Circusd(tmp_path, settings=values)
    prepare(circus.data, values)

    with circus:
        circus.beating()
        ask(circus.data)
        wait_until("30 posted lines", lambda: len(server.lines()) == 30 and not server.why_wrong(), POSTED_WITHIN)

    assert not server.why_wrong()
