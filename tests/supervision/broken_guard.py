"""A guard that ends as soon as it starts."""

from circus.plugins import CircusPlugin


class Broken(CircusPlugin):  # type: ignore[misc]  # circus has no types
    """Breaks."""

    name = "broken"

    def handle_init(self) -> None:
        raise RuntimeError("broken on purpose")
