"""For one release: what an upgrader from before the rooms runs as `python -m worker.upgrade`: worker/admin/upgrade.py."""

import sys

from worker.admin.upgrade import main

if __name__ == "__main__":
    sys.exit(main())
