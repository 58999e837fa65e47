"""A real tree in which something is not done is never plainly healthy, whatever still beats."""

import json
import socket
from pathlib import Path

from tests.rig import Circusd, wait_until
from tests.supervision.test_settings import status


def test_a_demo_whose_port_another_program_has_is_a_problem(tmp_path: Path) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    circus = Circusd(tmp_path, demo=True, settings={"DEMO_KNOBS": knobs})
    with socket.create_server(("127.0.0.1", circus.demo_port)), circus:
        circus.beating(deadline=30)

        def problem() -> str:
            code, problems = status(circus)
            assert code != 0
            return next((one for one in problems if "does not listen" in one), "")

        said = wait_until("the problem", problem, 60)

    assert said.startswith(f"the demo ERP does not listen on port {circus.demo_port}")
