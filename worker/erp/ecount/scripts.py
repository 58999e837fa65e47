"""The scripts that look at the screens, as one text for the browser: written in files of their own beside this one."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def script(*names: str, call: str) -> str:
    """Return a function of one argument `m` that may use everything in the files named, and returns `call`."""
    files = "\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)
    return f"(m) => {{\n{files}\nreturn {call};\n}}"
