"""Says which browser the worker would use: `python -m worker.admin.chromium`; with `--check` also that it runs."""

import sys

from worker.browser.chromium import HOW_TO_GET_ONE, ChromiumMissing, find_chromium, why_not_running
from worker.config import ini
from worker.errors import SettingsError
from worker.runtime.exit_codes import SETTINGS_WRONG


def main(arguments: list[str]) -> int:
    """Print the path and return 0; or print what is wrong and return 1, or 78 when a setting is to blame."""
    configured = None
    try:
        configured = ini.worker_settings().get("CHROMIUM")
        chromium = find_chromium(configured)
    except (SettingsError, ChromiumMissing) as error:
        sys.stdout.write(f"{error}\n")
        return SETTINGS_WRONG if configured or isinstance(error, SettingsError) else 1
    if "--check" in arguments and (reason := why_not_running(chromium)):
        sys.stdout.write(f"trying {chromium}: {reason}. {HOW_TO_GET_ONE}\n")
        return SETTINGS_WRONG if configured else 1
    sys.stdout.write(f"{chromium}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
