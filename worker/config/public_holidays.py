"""The public holidays of a country, as the installed library knows them.

`python -m worker.config.public_holidays YEAR LANGUAGE COUNTRY` writes them: {date: name} as JSON, or null for a country
that the library does not know.
"""

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import cache

#: The library's package with a module for each country.
COUNTRIES = "holidays.countries"

#: Longest time that a process of its own may take (seconds).
LONGEST_S = 20.0


class Library:
    """How this process asks the library."""

    #: True: by a process of its own, which ends. The library takes 5 MB for good from who loads it.
    is_beside = False

    #: One process at a time, and one for each year: of many who ask at once, all but the first wait for its answer.
    turn = threading.Lock()


@cache
def holidays_of(year: int, language: str = "ko", country: str = "KR") -> Mapping[date, str]:
    """Return the public holidays of a country in a year with their names, substitute and temporary ones included.

    The names are in Korean or English for Korea, else in the country's own language. Empty for a year that the library
    does not know. Raises NotImplementedError for a country that it does not know.
    """
    if Library.is_beside:
        # Without memory for one more process, or without an answer in time: by this one.
        with suppress(OSError, subprocess.SubprocessError, ValueError), Library.turn:
            return _asked_beside(year, language, country)
    return _loaded(year, language, country)


def _loaded(year: int, language: str, country: str) -> Mapping[date, str]:
    import holidays  # only here: it takes 40 ms, and the first beat shall not wait for it

    _leave_other_countries()
    if country != "KR":
        place, _, subdivision = country.partition("-")
        return dict(holidays.country_holidays(place, subdiv=subdivision or None, years=year))
    return dict(holidays.country_holidays("KR", years=year, language="en_US" if language == "en" else language))


def _leave_other_countries() -> None:
    """Have the library load the countries that are asked for.

    Its package would load all 250 for the first of them, for good: 8 MB of each process that looks at a calendar, and
    a tenth of a second. Here it is a package with the same folder and nothing loaded.
    """
    if COUNTRIES in sys.modules:
        return
    spec = importlib.util.find_spec(COUNTRIES)
    if spec is not None:
        sys.modules[COUNTRIES] = importlib.util.module_from_spec(spec)


@cache
def _asked_beside(year: int, language: str, country: str) -> Mapping[date, str]:
    """Ask a process of its own. Raises NotImplementedError; OSError, SubprocessError, ValueError without an answer."""
    command = [sys.executable, "-m", "worker.config.public_holidays", str(year), language, country]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_S, check=True)
    found = json.loads(done.stdout)
    if found is None:
        raise NotImplementedError(country)
    return {date.fromisoformat(day): name for day, name in found.items()}


def _main() -> None:
    year, language, country = sys.argv[1:]
    try:
        found = {f"{day}": name for day, name in _loaded(int(year), language, country).items()}
    except NotImplementedError:
        found = None
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _main()
