"""The commands of `daybreak`."""


def main() -> None:
    """Run the command."""
    from worker.cli import commands

    commands.main()
