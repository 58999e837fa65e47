"""The key in the remark of a deposit: by its exact form daybreak's own deposits are told from what people type."""

import re

from worker.payments.payment import REMARK

#: A remark as daybreak writes it. What only looks like it has no key of this length and these letters.
_FORM = re.compile(rf"\s*{REMARK}\s.*#([A-Z2-7]{{10}})(?![A-Za-z0-9])", re.DOTALL)


def key_of(remark: str) -> str:
    """Return the key in a remark of our form, or an empty text."""
    found = _FORM.match(remark)
    return found[1] if found else ""
