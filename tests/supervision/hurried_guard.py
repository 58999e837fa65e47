"""plugin:heartbeat with limits that a test can wait for: a cycle may take 3 s, and its end 2 s more."""

from collections.abc import Mapping
from dataclasses import replace

from hooks import heartbeat

heartbeat.LIMITS_EVERY, heartbeat.TO_END = 0.2, 2.0


class HurriedCheck(heartbeat.HeartbeatCheck):
    """The guard itself, in a hurry."""

    def take_options(self, written: Mapping[str, str]) -> None:
        super().take_options(written)
        self.options = replace(self.options, ceiling=3.0)
