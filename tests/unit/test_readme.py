"""The documents say what the code knows: every alarm, exit code, verb and file; the README leads to each of them."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.alarms import PLACES, page
from worker import __main__ as start
from worker.cli.commands import app
from worker.i18n.language import Language
from worker.status.verdict import Health

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
DOCS = PROJECT / "docs"

#: A link within the project: the file, and the heading in it.
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)")

#: What a document calls by its name: settings, options, verbs.
NAMED = re.compile(r"\b[A-Z][A-Z_]+_[A-Z_]+\b|\bMODE\b|(?<![\w-])--[a-z][a-z-]+|`daybreak [a-z-]+")

#: An expression that means the data folder, or var/ of the project.
DATA = re.compile(r"(^|\.|_)(data|data_dir|folder|_data|_folder)$|data_dir\(.*\)$|/ 'var'$")

#: Modules whose `folder` is another one.
ELSEWHERE = {
    "worker/admin/git.py",
    "worker/browser/chromium.py",
    "worker/admin/versions.py",
    "worker/admin/service.py",
    "worker/demo/erp.py",
}

#: Their `folder` is below the data folder, or the name is of no file there.
BELOW = {".git", "commit", "var", "versions/installed"}


def document(name: str) -> str:
    """Return one of the documents in docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def section(name: str, title: str) -> str:
    """Return the text under a heading of a document, up to the next one of its level."""
    text = document(name)
    found = re.search(rf"^(#+) {re.escape(title)}\n", text, re.MULTILINE)
    assert found, f"docs/{name} has no section {title!r}"
    return re.split(rf"^#{{1,{len(found[1])}}} ", text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def test_the_readme_is_short_and_fits_a_terminal() -> None:
    lines = README.splitlines()

    assert len(lines) <= 200
    assert [line for line in lines if len(line) >= 120] == []


def test_every_document_stands_in_the_readme_and_every_link_leads_somewhere() -> None:
    for path in DOCS.glob("*.md"):
        assert f"](docs/{path.name})" in README, path.name
    for path in (PROJECT / "README.md", *DOCS.rglob("*.md")):
        for target, _, heading in LINK.findall(path.read_text(encoding="utf-8")):
            place = path.parent / target if target else path
            assert place.exists(), f"{path}: {target}"
            if heading:
                assert heading in headings(place), f"{path}: {target}#{heading}"


def headings(path: Path) -> set[str]:
    """Return the names by which a link reaches the headings of a document."""
    found = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in found}


@pytest.mark.parametrize("language", PLACES)
def test_the_table_of_alarms_is_the_catalogue_in_the_words_of_its_mails(language: Language) -> None:
    assert (PROJECT / PLACES[language]).read_text(encoding="utf-8") == page(language), "python -m tests.tools.alarms"


@pytest.mark.parametrize("name", ["going-live.md", "operating.md"])
def test_the_korean_document_names_every_verb_option_and_setting_of_the_english_one(name: str) -> None:
    named, korean = NAMED.findall(document(name)), document(f"ko/{name}")

    assert {"MODE", "--test"} & set(named)
    assert [one for one in dict.fromkeys(named) if one not in korean] == []


def test_every_exit_code_is_explained() -> None:
    codes = {value for name, value in vars(start).items() if name.startswith("EXIT_")} | {0, *range(len(Health))}

    for code in codes:
        assert re.search(rf"\|[^|]*\b{code}\b[^|]*\|", section("operating.md", "Exit codes")), code


def test_every_verb_is_named() -> None:
    verbs = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]

    assert "status" in verbs
    for verb in verbs:
        assert f"`daybreak {verb}`" in section("operating.md", "Every verb"), verb


def test_every_script_is_named() -> None:
    for path in (PROJECT / "scripts").iterdir():
        if "." not in path.name:
            assert f"./scripts/{path.name}" in section("operating.md", "Every verb"), path.name


def files() -> Iterator[str]:
    """Yield the name of every file and folder that the code puts into or looks for in var/."""
    for path in (*(PROJECT / "worker").rglob("*.py"), *(PROJECT / "hooks").rglob("*.py")):
        if str(path.relative_to(PROJECT)) in ELSEWHERE:
            continue
        module = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and DATA.search(ast.unparse(node.left)):
                name = _text(node.right, module)
                if name and not name.startswith(".") and name not in BELOW:
                    yield name


def _text(node: ast.expr, module: str) -> str:
    """Return a text that an expression is, or a constant that it names; empty for anything else."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Name) and node.id.isupper():
        return str(getattr(importlib.import_module(module), node.id, ""))
    if isinstance(node, ast.Attribute) and node.attr.isupper() and isinstance(node.value, ast.Name):
        owner = getattr(importlib.import_module(module), node.value.id, None)
        return str(getattr(owner, node.attr, ""))
    return ""


def test_every_file_of_var_is_explained() -> None:
    found = set(files())

    assert {"ledger.db", "once.json", "status.html", "upgrade.json", "evidence"} <= found
    told = document("files.md")
    missing = [name for name in sorted(found) if f"`{name}`" not in told and f"`{name}/`" not in told]
    assert not missing


def test_what_comes_from_the_old_script_is_told() -> None:
    told = document("migration.md")

    for name in ("runtime.lock", "heartbeat.txt", "restart_daily.bat", "watchdog.py", "daily_check.ps1", "analyze_*.py",
                 "Task Scheduler", "75", "JSON"):  # fmt: skip
        assert name in told, name


def test_the_version_and_the_form_of_its_ledger_stand_in_the_list() -> None:
    from worker.ledger.schema import SCHEMA
    from worker.version import VERSION

    newest, *_ = re.findall(r"Ledger schema (\d+)\.", document("CHANGELOG.md"))
    assert int(newest) == SCHEMA
    assert "Ledger schema " in section("CHANGELOG.md", f"[{VERSION}]")
