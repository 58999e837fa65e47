"""`python -m worker.cli`: the command without its script."""

from worker.cli import main

main()
