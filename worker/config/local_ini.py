"""Changes single lines of var/local.ini: comments, order and everything that is not changed stay as they are."""

import re
from collections.abc import Mapping

from worker.config.files import lines_of

#: {section: {name: value}}; None takes a line out.
Changes = Mapping[str, Mapping[str, str | None]]


def changed(text: str, changes: Changes) -> str:
    """Return the text of a local.ini with these values in it, each in its section.

    A line that is there is replaced where it stands; a new one comes below the last line of its section, a new section
    at the end.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = lines_of(text)
    while lines and not lines[-1].strip():
        lines.pop()
    for section, values in changes.items():
        for name, value in values.items():
            _change(lines, section, name, value)
    return ending.join([*lines, ""]) if lines else ""


def _change(lines: list[str], section: str, name: str, value: str | None) -> None:
    begin, end = _span(lines, section)
    at = next((one for one in range(begin, end) if _name(lines[one]) == name), None)
    if value is None:
        if at is not None:
            del lines[at]
        return
    written = f"{name} = {value}"
    if at is not None:
        lines[at] = written
        return
    if begin > len(lines):  # no such section
        if lines:
            lines.append("")
        lines += [f"[{section}]", written]
        return
    last = max((one for one in range(begin, end) if lines[one].strip()), default=begin - 1)
    lines.insert(last + 1, written)


def _span(lines: list[str], section: str) -> tuple[int, int]:
    """Return where a section's lines begin and end; behind the last line where there is no such section."""
    begin = len(lines) + 1
    for number, line in enumerate(lines):
        if not (found := re.fullmatch(r"\[([^\[\]]+)\]", line.strip())):
            continue
        if begin <= len(lines):
            return begin, number
        if found[1] == section:
            begin = number + 1
    return begin, len(lines)


def _name(line: str) -> str:
    """Return the name that a line gives a value, or "" for a comment, a blank line or a section."""
    text = line.strip()
    return "" if not text or text[0] in "#;[" else text.partition("=")[0].strip()
