"""What `--help` says is printed whole: in a help text, brackets are markup, and what stands in them is not shown."""

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from worker.cli.commands import app

#: What rich takes for markup, such as a section of circus.ini.
MARKUP = re.compile(r"\[/?[a-z#@][^\]\[]*\]")


def verbs(command: Any) -> Iterator[Any]:
    """Yield a command and all below it."""
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from verbs(one)


def test_no_help_text_holds_what_is_not_shown() -> None:
    texts = {}
    for verb in verbs(get_command(app)):
        texts[verb.name, ""] = verb.help or ""
        texts |= {(verb.name, one.name): getattr(one, "help", None) or "" for one in verb.params}

    assert "NAME=VALUE of the section markers" in texts["set", "marks"]
    assert {where: text for where, text in texts.items() if MARKUP.search(text)} == {}
