"""Forms of one payment: keys that are, or may be, paired."""

from collections.abc import Iterable, Mapping

from worker.ledger.readings import DIFFERENT, QUESTIONS, Pairing


def chains(pairings: Iterable[Pairing]) -> Mapping[str, frozenset[str]]:
    """Return {key: every key that is or may be the same payment}, for all keys that a pairing names."""
    found: dict[str, frozenset[str]] = {}
    for one in pairings:
        if one.answer == DIFFERENT or one.rule in QUESTIONS:
            continue
        whole = found.get(one.new, frozenset({one.new})) | found.get(one.old, frozenset({one.old}))
        for key in whole:
            found[key] = whole
    return found


def chain_of(key: str, forms: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return every form of a payment, itself included."""
    return forms.get(key, frozenset({key}))
