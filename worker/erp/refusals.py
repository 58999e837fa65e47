"""Counts refused sign-ins: five in a row lock the account, so after the second we stop until the secret changes."""

import json
from pathlib import Path

from worker.errors import SignInRefused
from worker.i18n import message
from worker.runtime.files import read_json, write_private

#: Refusals in a row after which the same secret is not tried again.
MOST = 2


class Refusals:
    """The count on disk, for one user and one state of the secret (`secret`: any text that changes with it)."""

    def __init__(self, path: Path, *, secret: str) -> None:
        self._path = path
        self._secret = secret

    def demand_try(self) -> None:
        """Raise SignInRefused, without a try, once the limit is reached."""
        if self.count >= MOST:
            raise SignInRefused(
                message(
                    "not signing in: the ERP refused user or password {count} times, and five times lock the account. "
                    "Put the right password into ERP_PASSWORD_FILE; the next cycle tries it",
                    count=MOST,
                )
            )

    def add(self) -> None:
        """Count one refusal."""
        write_private(self._path, json.dumps({"count": self.count + 1, "secret": self._secret}))

    def clear(self) -> None:
        """Forget them after a sign-in that worked."""
        self._path.unlink(missing_ok=True)

    @property
    def count(self) -> int:
        """How often in a row the ERP refused this secret."""
        return read_json(self._path, lambda stored: int(stored["count"]) if stored["secret"] == self._secret else 0, 0)
