"""For one release: what the upgrader of 1.0 runs as `python -m worker.upgrade`: worker/admin/upgrade.py."""

import sys

from worker.admin.upgrade import main

if __name__ == "__main__":
    sys.exit(main())
