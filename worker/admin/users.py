"""Who may use the office's page: a name, a role and the hash of a password each, in one file of the data folder."""

import hashlib
import json
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from worker.errors import DaybreakError, Overtaken
from worker.i18n import message
from worker.ledger.people import compared, demand_own_name
from worker.runtime.files import write_private
from worker.runtime.locks import alone

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: The longest name and the bounds of a password (characters).
LONGEST_NAME, SHORTEST_PASSWORD, LONGEST_PASSWORD = 40, 8, 200

#: What one check of a password costs: OWASP's second choice, so that the page stays small (passes, KiB, threads).
PASSES, MEMORY_KIB, THREADS = 2, 19_456, 1

#: Another program that changes the file is waited for this long (seconds).
TURN = 5.0


class Role(StrEnum):
    """What a user may do."""

    #: Looks, decides about payments and days, starts a run, pauses.
    OFFICE = "office"
    #: Everything.
    KEEPER = "keeper"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person."""

    name: str
    role: Role
    #: By argon2id, with its own salt.
    password: str = field(repr=False)
    #: When name or password were last set, ISO with offset.
    since: str

    @property
    def stamp(self) -> str:
        """A text that changes with the password. It tells nothing of it."""
        return hashlib.sha256(self.password.encode()).hexdigest()[:16]


#: Users by their name as it is compared.
Users = Mapping[str, User]


def path_in(data: Path) -> Path:
    """Return the file of the users."""
    return data / "users.json"


def read(data: Path) -> Users:
    """Return the users. Raises DaybreakError for a file that is damaged: that is not the same as no users."""
    path = path_in(data)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["users"]
        users = [User(**{**one, "role": Role(one["role"])}) for one in found]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DaybreakError(
            message(
                "reading the users of the page in {path}: {error}. Put the file back, or remove it and begin anew "
                "with: daybreak page",
                path=str(path),
                error=str(error),
            )
        ) from error
    return {compared(one.name): one for one in users}


def add(data: Path, name: str, role: Role, password: str, *, now: datetime) -> User:
    """Add a user. Raises DaybreakError for a name that is taken or no name, and for a weak password."""
    shown = _checked_name(name)
    _demand_strength(shown, password)
    with _turn(data):
        users = dict(read(data))
        if compared(shown) in users:
            raise DaybreakError(message("adding the user {name}: there is one of this name already", name=shown))
        user = User(name=shown, role=role, password=_hasher().hash(password), since=now.isoformat(timespec="seconds"))
        _write(data, {**users, compared(shown): user})
    return user


def remove(data: Path, name: str, *, known_by: str = "") -> User:
    """Take a user away; what is signed in by this name is signed out. Raises DaybreakError if there is none.

    `known_by`: the stamp of the user that is meant. Raises Overtaken where it is another one by now.
    """
    with _turn(data):
        users = dict(read(data))
        user = _known(users, name)
        _demand_same(user, known_by)
        del users[compared(name)]
        _write(data, users)
    return user


def set_password(data: Path, name: str, password: str, *, now: datetime, known_by: str = "") -> User:
    """Give a user another password; what is signed in by the old one is signed out. Raises DaybreakError.

    `known_by`: the stamp of the user that is meant. Raises Overtaken where it is another one by now.
    """
    with _turn(data):
        users = dict(read(data))
        user = _known(users, name)
        _demand_same(user, known_by)
        _demand_strength(user.name, password)
        user = replace(user, password=_hasher().hash(password), since=now.isoformat(timespec="seconds"))
        _write(data, {**users, compared(name): user})
    return user


def signed_in(users: Users, name: str, password: str) -> User | None:
    """Return the user with this name and password, or None. An unknown name takes as long as a wrong password."""
    from argon2.exceptions import InvalidHashError, VerificationError

    user, nobodys = users.get(compared(name)), _nobodys()
    try:
        _hasher().verify(user.password if user else nobodys, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    return user


def _known(users: Users, name: str) -> User:
    if user := users.get(compared(name)):
        return user
    raise DaybreakError(message("{name} is no user of the page. See: daybreak user list", name=name.strip()))


def _demand_same(user: User, known_by: str) -> None:
    if known_by and known_by != user.stamp:
        raise Overtaken(
            message(
                "the password of {name} has been set anew meanwhile. Nothing was changed: look once more",
                name=user.name,
            )
        )


def _checked_name(name: str) -> str:
    shown = unicodedata.normalize("NFC", name).strip()
    if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        raise DaybreakError(message("a user's name has 1 to {most} characters, all of them visible", most=LONGEST_NAME))
    return demand_own_name(shown)


def _demand_strength(name: str, password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise DaybreakError(
            message(
                "a password has {least} to {most} characters; this one has {count}",
                least=SHORTEST_PASSWORD,
                most=LONGEST_PASSWORD,
                count=len(password),
            )
        )
    if len(set(password)) < 4 or compared(password) == compared(name):
        raise DaybreakError(message("this password is guessed at once: take a longer one, such as four words"))


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # a megabyte, for who signs in alone

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=THREADS)


@cache
def _nobodys() -> str:
    """Return the hash of a password that nobody has."""
    return _hasher().hash(hashlib.sha256(str(time.time_ns()).encode()).hexdigest())


def _write(data: Path, users: Users) -> None:
    shown = {"users": [asdict(one) for one in users.values()]}
    write_private(path_in(data), json.dumps(shown, ensure_ascii=False, indent=1) + "\n")


@contextmanager
def _turn(data: Path) -> Iterator[None]:
    """Hold the lock on the file for one change. Raises DaybreakError when another program holds it too long."""
    end = time.monotonic() + TURN
    while True:
        with alone(data / "users.lock") as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() > end:
            raise DaybreakError(message("changing the users of the page: another program is at it. Try again"))
        time.sleep(0.05)
