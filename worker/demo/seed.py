"""The payments a new demo begins with."""

from random import Random
from datetime import timedelta

from worker.demo.erp import Erp
from worker.demo import names
from worker.demo.clock import stored

COUNT, SEED = 206, 1


def plant(erp: Erp, *, count: int, seed: int) -> None:
    random = Random(seed)
    now = erp.clock.now()
    erp.payments.add(
        names.payment(random) | {"requested_at": stored(now - timedelta(minutes=3 + 40 * k))} for k in range(count)
    )
