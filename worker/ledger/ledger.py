"""The ledger: what was seen, what was posted, and every step between. The only guard against posting twice.

SQLite in WAL mode with synchronous=FULL: a move reported as made survives a power cut. A move is made only from the
state the caller believes in, only along NEXT (a decision is taken back along UNDOES), only by the newest generation,
and leaves an append-only row behind.
"""

from worker.ledger.adopting import Adopting
from worker.ledger.aliases import Aliases
from worker.ledger.batches import Batches
from worker.ledger.brake import Brake
from worker.ledger.doubts import Doubts
from worker.ledger.judging import Judging
from worker.ledger.oldest import Oldest
from worker.ledger.outbox import Mailbox
from worker.ledger.pending import Pending
from worker.ledger.proofs import Proofs
from worker.ledger.replaced import Replaced
from worker.ledger.sentences import Sentences
from worker.ledger.totals import Sums
from worker.ledger.trust import Trust
from worker.ledger.verdicts import Verdicts


class Ledger(
    Sentences, Aliases, Trust, Replaced, Adopting, Judging, Proofs, Verdicts, Batches, Doubts, Brake, Pending, Mailbox,
    Oldest, Sums,
):  # fmt: skip
    """One open ledger. A worker's has a generation and is fenced by it; a command's has none.

    Raises LedgerError whenever the file can't be trusted, IllegalMove for a move that is not legal or came too late.
    """
