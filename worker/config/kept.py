"""The last settings with which a worker started, kept beside local.ini: what guards and sender go on with.

An operator who breaks a file of settings is still told of it, by the mail server that was set before.
"""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path

from worker.config.files import Sections
from worker.runtime.files import write_private

NAME = "settings.last-good.json"


def path_beside(ini: Path) -> Path:
    """Return the file, for a circus.ini."""
    return ini.parent / "var" / NAME


def keep(ini: Path, sections: Sections) -> None:
    """Remember these settings, readable by us alone. Raises OSError when the disk takes no write."""
    if read(ini) == sections:
        return
    path = path_beside(ini)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps(sections, ensure_ascii=False, indent=1))


def read(ini: Path) -> Sections | None:
    """Return what was kept, or None: nothing was, or it is damaged or not ours alone."""
    with suppress(OSError, ValueError):
        descriptor = os.open(path_beside(ini), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                return None
            values = json.load(file)
        if isinstance(values, dict) and all(_is_section(one) for one in values.values()):
            return values
    return None


def _is_section(values: object) -> bool:
    return isinstance(values, dict) and all(isinstance(one, str) for one in values.values())
