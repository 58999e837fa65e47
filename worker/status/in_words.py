"""Prints the verdict on everything in one line, as `python -m worker.status.in_words LANGUAGE`: mails carry it."""

import signal
import sys

from worker.i18n.language import Language
from worker.runtime.kernel import die_with_parent
from worker.status.look import look


def main(arguments: list[str]) -> int:
    """Look at everything and print what it comes to; return 0."""
    die_with_parent(signal.SIGKILL)
    sys.stdout.buffer.write(look().verdict.text(Language(arguments[0])).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
