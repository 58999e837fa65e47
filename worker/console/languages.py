"""In which language a reader gets the page: what was switched to, else what the browser asks for, else Korean."""

from worker.i18n.language import Language

#: The cookie that keeps a switch.
COOKIE = "daybreak_language"


def of(cookie: str, accepts: str) -> Language:
    """Return the language for a cookie's value and an Accept-Language header."""
    if cookie in set(Language):
        return Language(cookie)
    wanted = sorted(_weights(accepts), key=lambda one: -one[1])
    return next((Language(name) for name, weight in wanted if weight > 0), Language.KO)


def _weights(accepts: str) -> list[tuple[str, float]]:
    """Return the languages of ours that a header names, with their weights (RFC 9110, 12.5.4)."""
    found = []
    for part in accepts.split(","):
        named, _, parameter = part.partition(";")
        name = named.strip().lower().partition("-")[0]
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
        except ValueError:
            weight = 0.0
        if name in set(Language):
            found.append((name, weight))
    return found
