"""[plugin:heartbeat] in circus.ini: how often the worker is looked at, and what counts as too long or too much."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.i18n import message
from worker.runtime.heartbeat import CEILING


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """[plugin:heartbeat] in circus.ini."""

    #: Seconds between two looks.
    every: float = 3.0
    #: No promise counts for longer (seconds; written in minutes).
    ceiling: float = CEILING
    #: A new worker's first beat comes within (seconds).
    first_beat: float = 30.0
    #: The worker with its browser is replaced above (bytes; written in MB).
    memory: float = 2048e6


def options(written: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Return the options, and a sentence for each that is refused; its default is used instead."""
    problems: list[str] = []

    def number(name: str, default: float, least: float, most: float) -> float:
        text = written.get(name, "").strip()
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if least <= value <= most:
            return value
        problems.append(
            message(
                "circus.ini [plugin:heartbeat] {option} = {text}: write a number from {least} to {most}; {used} is "
                "used",
                option=name,
                text=text,
                least=f"{least:g}",
                most=f"{most:g}",
                used=f"{default:g}",
            )
        )
        return default

    return (
        Options(
            every=number("every", 3, 0.1, 3),
            ceiling=number("ceiling", 60, 1, 60) * 60,
            first_beat=number("first_beat", 30, 5, 300),
            memory=number("memory", 2048, 256, 65536) * 1e6,
        ),
        problems,
    )
