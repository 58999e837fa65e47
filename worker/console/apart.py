"""What takes much memory or waits for others: done by a process of its own, for which an order of the page waits."""

import json
import subprocess
import sys
from collections.abc import Mapping

from worker.errors import DaybreakError
from worker.i18n import loaded, message


def done(order: Mapping[str, str], *, within: float) -> str:
    """Have `worker.console.maker` follow an order; return what it says. `within`: seconds. Raises DaybreakError.

    Not for the event loop's thread.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "worker.console.maker"],
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            timeout=within,
            check=False,
        )
        answer = dict(json.loads(child.stdout))
    except subprocess.TimeoutExpired as error:
        raise DaybreakError(message("no answer within {seconds} s", seconds=f"{within:g}")) from error
    except (OSError, ValueError) as error:
        raise DaybreakError(message("it failed; see the page's log, console_….log")) from error
    if why := answer.get("why"):
        raise DaybreakError(loaded(why))
    return loaded(answer.get("said", ""))
