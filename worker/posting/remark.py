"""The key in the remark of a deposit: by its exact form daybreak's own deposits are told from what people type."""

import re

from worker.payments.payment import REMARK

#: A key. What only looks like it has not this length and these letters.
_KEY = r"#([A-Z2-7]{10})(?![A-Za-z0-9])"

#: A remark as daybreak writes it.
_FORM = re.compile(rf"\s*{REMARK}\s.*{_KEY}", re.DOTALL)


def key_of(remark: str) -> str:
    """Return the key in a remark of our form, or an empty text."""
    found = _FORM.match(remark)
    return found[1] if found else ""


def keys_in(remark: str) -> frozenset[str]:
    """Return everything in a remark that may be a key, whatever else a person has made of it."""
    return frozenset(re.findall(_KEY, remark))
