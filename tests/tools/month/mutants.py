"""Rules taken out, one at a time, of a copy of the code: the month must notice each."""

from collections.abc import Mapping
from pathlib import Path

from tests.tools.mutants import copy_project

#: Name → {file: ((text, replacement), …)}.
MUTANTS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "holds everything": {
        "worker/posting/judge.py": (
            (
                "        if row.key in self._matched.twins:\n            return why.TWIN\n",
                "        if row.key:\n            return why.TWIN\n",
            ),
        ),
    },
    "the payer is part of the identity": {
        "worker/payments/payment.py": (('number, "" if number else squeeze(payer)', "number, squeeze(payer)"),),
    },
    "leading zeros count": {
        "worker/payments/text.py": (('return re.sub("^0+(?=[0-9A-Z])", "", plain)', "return plain"),),
    },
    "a stand-in is a number": {
        "worker/payments/text.py": (
            ('    if not _NUMBER.fullmatch(plain) or _EXPONENT.fullmatch(plain):\n        return ""\n', ""),
            ('    if not re.search("[0-9]", plain) or not plain.strip("0-"):\n        return ""\n', ""),
        ),
    },
    "no rule (a)": {"worker/posting/edits.py": (('{"a": second_edited, ', "{"),)},
    "no rule (b)": {"worker/posting/edits.py": (('"b": number_edited, ', ""),)},
    "no rule (c)": {"worker/posting/edits.py": (('"c": amount_edited, ', ""),)},
    "no rule (d)": {
        "worker/posting/edits.py": (("return same and bool(new.number) and not old.number", "return same and False"),),
    },
    "no rule (e)": {"worker/posting/edits.py": ((', "e": two_edited}', "}"),)},
    "no rule (f)": {
        "worker/posting/edits.py": (
            ("return same and not new.number and not old.number and new.payer != old.payer", "return same and False"),
        ),
    },
    "late approvals are edits": {
        "worker/posting/edits.py": (
            ("                found |= {one.key for one in rows}\n", "                pass\n"),
        ),
    },
    "two acquirers may pair": {
        "worker/payments/payment.py": (
            (
                "    return bool(one.acquirer) and bool(other.acquirer) and one.acquirer != other.acquirer",
                "    return False",
            ),
        ),
    },
    "what is reflected has vanished": {
        "worker/posting/presence.py": (
            ("        if payment.key in self._matched.reflected:\n            return False\n", ""),
            ("        if self._rank(payment) < there:\n            return False\n", ""),
        ),
    },
    "twins are two payments": {
        "worker/posting/matching.py": (("            found.twins[key] = first\n", "            pass\n"),),
    },
    "an exclusion is a verdict": {
        "worker/posting/matching.py": (("            found.contradicted.add(key)\n", "            pass\n"),),
    },
    "partial cancellations are posted": {
        "worker/posting/cancellations.py": (
            ("if left < 0 or cancellation.amount != approval.amount:", "if left < 0:"),
        ),
    },
    "a cancellation finds its approval by payer": {
        "worker/posting/cancellations.py": (
            ("if ((number and one.number == number)", "if ((number and one.payer == cancellation.payer)"),
        ),
    },
    "a failed cancellation is an approval": {
        "worker/posting/judge.py": (("        self._leave_failed_out()\n", ""),),
    },
    "nobody looks at what was cancelled after it was reflected": {
        "worker/posting/decide.py": (("        self._judge_reflected()\n", ""),),
    },
    "a row without a number is posted": {
        "worker/posting/ready.py": (("            elif not entry.payment.number:\n                continue\n", ""),),
        "worker/posting/known_rows.py": (
            (
                "            elif entry.state is State.SEEN and row.kind is PaymentKind.APPROVAL and not row.number:\n",
                "            elif False:\n",
            ),
        ),
    },
    "no brake": {
        "worker/posting/brakes.py": (
            ("    for ask in (_edited, _unknown, _hidden, _emptied):\n", "    for ask in ():\n"),
        ),
    },
    "a brake at every edit": {
        "worker/posting/brakes.py": (("PAIRS = 10\n", "PAIRS = 1\n"),),
    },
}


def changed(name: str, project: Path) -> dict[str, str]:
    """Return {file: its text without this rule}. Raises ValueError where the code is another by now."""
    found = {}
    for file, changes in MUTANTS[name].items():
        text = (project / file).read_text(encoding="utf-8")
        for old, new in changes:
            if text.count(old) != 1:
                raise ValueError(f"mutant {name!r}: {file} holds {old!r} {text.count(old)} times")
            text = text.replace(old, new)
        found[file] = text
    return found


def copy(name: str, folder: Path) -> Path:
    """Copy the project without this rule; return the folder."""
    folder.mkdir(parents=True)
    copy_project(folder)
    for file, text in changed(name, folder).items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder
