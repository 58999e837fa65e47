"""circus.ini and var/local.ini as they are written: what they say, and every line of them that is not understood.

Stricter than Circus, which reads circus.ini as well: a line that continues another one, quotes around a value and a
comment behind one are refused, because each of them has changed a value unseen.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from worker.config import names
from worker.i18n import message

#: Sections by name, each {key: value}.
Sections = dict[str, dict[str, str]]

#: The line of each setting, by section and name.
Lines = dict[tuple[str, str], int]

#: The most that is read of a file (bytes): a longer one is no file of settings.
LONGEST = 1_000_000

QUOTES = "\"'`“”‘’"

#: What people's editors and their explorer make of `local.ini`.
_MISNAMED = re.compile(r"local(\.ini)?(\.txt|\.ini|\.conf|\.cfg)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What both files say together, local.ini winning; and what of it is not understood."""

    #: Where something is not understood, what it is most likely meant to be: good enough to send a mail, no more.
    sections: Sections
    #: A sentence for each line or file that can't be taken as it stands, in the order of the files.
    problems: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One file while it is read."""

    path: Path
    is_local: bool
    sections: Sections = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    #: Where each section begins.
    begins: dict[str, int] = field(default_factory=dict)

    def note(self, line: int, what: str) -> None:
        self.problems.append(message("{file}, line {line}: {what}", file=str(self.path), line=str(line), what=what))


def local_ini(ini: Path) -> Path:
    """Return the file of the operator's own values."""
    return ini.parent / "var" / "local.ini"


def read(ini: Path, *, local: str | None = None) -> Found:
    """Read both files. Never raises: a file that is missing or no text is a problem like any other.

    `local`: a text to be judged in the place of what local.ini holds now.
    """
    merged: Sections = {}
    problems: list[str] = []
    for path in (ini, local_ini(ini)):
        one = _read(path, is_local=path != ini, text=local if path != ini else None)
        problems += one.problems
        for name, values in one.sections.items():
            merged.setdefault(name, {}).update(values)
    return Found(sections=merged, problems=(*problems, *_misnamed(ini)))


def each(ini: Path) -> tuple[Sections, Sections]:
    """Return what circus.ini and what local.ini says, as far as it is understood. Never raises."""
    return _read(ini, is_local=False).sections, _read(local_ini(ini), is_local=True).sections


def lines(ini: Path) -> tuple[Lines, Lines]:
    """Return where each setting stands in circus.ini and in local.ini. Never raises."""
    return _lines(_read(ini, is_local=False)), _lines(_read(local_ini(ini), is_local=True))


def _lines(found: _Reading) -> Lines:
    return {
        (section, name): found.begins.get(f"{section}\n{name}", 0)
        for section, values in found.sections.items()
        for name in values
    }


def decoded(data: bytes) -> str | None:
    """Return the text of these bytes, without a byte order mark, or None when they are no UTF-8."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def why_not_as_it_stands(section: str, key: str, value: str) -> str:
    """Say what in a value is surely not meant, or return an empty text. The value itself is not shown."""
    for one in value:
        if unicodedata.category(one) in ("Cc", "Cf"):
            return message(
                "the value of {key} holds an invisible character ({code}): type it again",
                key=key,
                code=f"U+{ord(one):04X}",
            )
    if section == names.MARKERS:
        return ""  # marks hold quotes and # of their own
    if value[:1] in tuple(QUOTES) or value[-1:] in tuple(QUOTES):
        return message(
            "the value of {key} has quotes around it, which would count as a part of it: take them away", key=key
        )
    if re.search(r"(^|\s)[#;]", value):
        return message(
            "a comment stands behind {key} and would count as a part of its value: give it a line of its own", key=key
        )
    return ""


def _misnamed(ini: Path) -> Iterator[str]:
    """Yield a sentence for each file that is meant to be local.ini and is not."""
    right = local_ini(ini)
    for folder in (ini.parent, right.parent):
        try:
            found = sorted(folder.iterdir())
        except OSError:
            continue
        for path in found:
            if path != right and _MISNAMED.fullmatch(path.name) and path.name != "local" and path.is_file():
                yield message("{file} is not read: its name must be {right}", file=str(path), right=str(right))


def lines_of(text: str) -> list[str]:
    """Return the lines of a file, however they end."""
    return re.split(r"\r\n|\r|\n", text)


def _read(path: Path, *, is_local: bool, text: str | None = None) -> _Reading:
    found = _Reading(path=path, is_local=is_local)
    if text is not None:
        _take(found, lines_of(text))
        return found
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except FileNotFoundError:
        if not is_local:
            found.problems.append(message("{file} is missing", file=str(path)))
        return found
    except OSError as error:
        reason = error.strerror or str(error)
        found.problems.append(message("reading {file}: {reason}", file=str(path), reason=reason))
        return found
    text = decoded(data)
    if text is None or len(data) > LONGEST:
        found.problems.append(
            message("{file} is no UTF-8 text: save it as UTF-8 (Notepad: Save as, Encoding)", file=str(path))
        )
        return found
    _take(found, lines_of(text))
    return found


def _take(found: _Reading, lines: list[str]) -> None:
    section = ""
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text[0] in "#;":
            continue
        if line[0].isspace():
            found.note(
                number,
                message(
                    "the line begins with a blank, so it would count as a part of the value above: "
                    "write it at the beginning of the line"
                ),
            )
            text = line.strip()
        if text.startswith("["):
            section = _begin(found, number, text)
        elif not section:
            found.note(number, message("the line stands before any section: write [env:worker] above it"))
            section = "?"
        elif section != "?":
            _add(found, number, section, text)
    for name, values in list(found.sections.items()):
        why = names.why_no_section(name, frozenset(values), is_local=found.is_local)
        if why:
            found.note(found.begins[name], why)
            del found.sections[name]
            if meant := names.meant_section(name):
                found.sections[meant] = {**values, **found.sections.get(meant, {})}
            continue
        for key in list(values):
            if why := names.why_no_key(name, key, is_local=found.is_local):
                found.note(found.begins[f"{name}\n{key}"], why)
                value = values.pop(key)
                if key.upper() in names.SETTINGS:
                    values.setdefault(key.upper(), value)


def _begin(found: _Reading, number: int, text: str) -> str:
    """Begin a section and return its name; `?` where the line names none."""
    match = re.fullmatch(r"\[([^\[\]]+)\]", text)
    if match is None:
        found.note(number, message("the line is no section: write it like [env:worker], and nothing behind it"))
        return "?"
    name = match[1]
    if name in found.sections:
        found.note(number, message("[{section}] stands there twice: put its lines together", section=name))
    found.sections.setdefault(name, {})
    found.begins.setdefault(name, number)
    return name


def _add(found: _Reading, number: int, section: str, text: str) -> None:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key:
        found.note(number, message("the line is neither a [section] nor NAME = value"))
        return
    if key in found.sections[section]:
        found.note(
            number, message("{key} stands there twice in [{section}]: leave one of them", key=key, section=section)
        )
        return
    found.begins[f"{section}\n{key}"] = number
    found.sections[section][key] = value
    if why := why_not_as_it_stands(section, key, value):
        found.note(number, why)
        found.sections[section][key] = re.split(r"(?:^|\s)[#;]", value)[0].strip().strip(QUOTES)


def understood(values: Mapping[str, str]) -> list[str]:
    """Return a sentence for each of these settings of [env:worker] that can't be taken as it stands."""
    found = [names.why_no_setting(key) or why_not_as_it_stands(names.WORKER, key, one) for key, one in values.items()]
    return [one for one in found if one]
