"""How all stands, for a mail about one problem. A process of its own looks: one that hangs keeps no mail back."""

import logging
import subprocess
import sys

from worker.i18n.language import Language

log = logging.getLogger(__name__)

#: A mail waits for it no longer (seconds).
LONGEST_S = 10.0

#: The program that looks at everything, as `daybreak status` does, and prints the verdict.
PROGRAM = "worker.status.in_words"


def in_words(language: Language) -> str:
    """Return the verdict in words, "healthy · 5 to look at"; "" where it can't be had in time."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM, language.value], capture_output=True, timeout=LONGEST_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("a mail goes out without the verdict: %s", error)
        return ""
    return done.stdout.decode("utf-8", "replace").strip()
