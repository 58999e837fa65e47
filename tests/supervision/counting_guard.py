"""plugin:heartbeat that writes down each look and each question to circusd, in `counted.txt` of the data folder."""

from typing import Any

from hooks import heartbeat


class CountingCheck(heartbeat.HeartbeatCheck):
    """The guard itself, counted."""

    def _count(self, what: str) -> None:
        with (self.data / "counted.txt").open("a", encoding="utf-8") as file:
            file.write(f"{what}\n")

    def handle_init(self) -> None:
        ask = self.circus.call

        def counted(command: str, **properties: object) -> dict[str, Any]:
            self._count(f"{command} {properties['name']}")
            return ask(command, **properties)

        self.circus.call = counted  # type: ignore[method-assign]
        super().handle_init()

    def look(self) -> None:
        self._count("look")
        super().look()
