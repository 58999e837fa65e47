"""The public holidays of a country, as the installed library knows them."""

from collections.abc import Mapping
from datetime import date
from functools import cache


@cache
def holidays_of(year: int, language: str = "ko", country: str = "KR") -> Mapping[date, str]:
    """Return the public holidays of a country in a year with their names, substitute and temporary ones included.

    The names are in Korean or English for Korea, else in the country's own language. Empty for a year that the library
    does not know. Raises NotImplementedError for a country that it does not know.
    """
    import holidays  # only here: it takes 40 ms, and the first beat shall not wait for it

    if country != "KR":
        place, _, subdivision = country.partition("-")
        return dict(holidays.country_holidays(place, subdiv=subdivision or None, years=year))
    return dict(holidays.country_holidays("KR", years=year, language="en_US" if language == "en" else language))
