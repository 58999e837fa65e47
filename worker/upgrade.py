"""For one release: an upgrader from before the rooms runs this module; the code is in worker/admin/upgrade.py."""

import sys

from worker.admin.upgrade import main

if __name__ == "__main__":
    sys.exit(main())
