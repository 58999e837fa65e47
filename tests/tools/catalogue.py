"""`python -m tests.tools.catalogue`: brings the catalogues up to the code and compiles them.

Every `message("…")` and `Words("…")` of worker and hooks becomes an entry of each `.po`; entries that the code lacks
are dropped. A new entry is empty until somebody translates it, which a test notices.
"""

import ast
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from worker.i18n.language import CATALOGUES, WORDS

PROJECT = Path(__file__).resolve().parents[2]

#: What makes a text of the catalogues, and the context in which it stands there.
MAKERS = {"message": None, "Words": WORDS}

#: An entry of a catalogue: its context and its id.
Entry = tuple[str | None, str]


def entries() -> set[Entry]:
    """Return every text that the code makes. Raises ValueError for one that is no literal."""
    found: set[Entry] = set()
    for folder in ("worker", "hooks"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            found |= _entries_of(path)
    return {(context, id) for context, id in found if id}


def _entries_of(path: Path) -> set[Entry]:
    found: set[Entry] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in MAKERS:
            continue
        if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
            raise ValueError(f"{path}:{node.lineno}: the id of a message is a literal")
        found.add((MAKERS[node.func.id], node.args[0].value))
    return found


def catalogues() -> list[Path]:
    """Return the `.po` files."""
    return sorted(CATALOGUES.glob("*/LC_MESSAGES/daybreak.po"))


def read(path: Path) -> Catalog:
    """Return a catalogue."""
    with path.open("rb") as file:
        return read_po(file)


def compiled(catalogue: Catalog) -> bytes:
    """Return what stands in the `.mo` file of a catalogue."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def updated(path: Path) -> Catalog:
    """Return a catalogue with exactly the messages of the code, translated as far as they are."""
    before = read(path) if path.stat().st_size else Catalog()
    locale = path.parent.parent.name
    made = Catalog(
        locale=locale,
        header_comment=f"# What daybreak says, in the language {locale}. Made by: python -m tests.tools.catalogue",
        project="daybreak",
        version="1",
        fuzzy=False,
    )
    made.msgid_bugs_address = made.last_translator = made.language_team = "-"
    made.creation_date = made.revision_date = before.creation_date
    for context, id in sorted(entries(), key=lambda entry: (entry[1], entry[0] or "")):
        known = before.get(id, context)
        made.add(id, string=known.string if known else "", context=context)
    return made


def main() -> int:
    """Write every catalogue; return 1 while one lacks a translation."""
    missing = 0
    for path in catalogues():
        made = updated(path)
        with path.open("wb") as file:
            write_po(file, made, width=0, sort_output=True, omit_header=False, no_location=True)
        path.with_suffix(".mo").write_bytes(compiled(read(path)))
        for one in made:
            if one.id and not one.string:
                missing += 1
                print(f"{path.relative_to(PROJECT)}: not translated: {one.id}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
