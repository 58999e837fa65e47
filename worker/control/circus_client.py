"""A few words with circusd over its control port, for the commands; the guards have Circus's own client.

The protocol is JSON over ZeroMQ (circus.readthedocs.io, "The Circus Client"); a call waits for a limited time only.
"""

import json
import uuid
from typing import Any

import zmq

from worker.config import ini
from worker.errors import DaybreakError
from worker.i18n import message


class NoCircusd(DaybreakError):
    """circusd does not answer."""


def endpoint() -> str:
    """Return the control address that circus.ini names."""
    return ini.in_use().sections.get("circus", {}).get("endpoint", "tcp://127.0.0.1:5555")


def call(command: str, *, timeout: float = 3.0, **properties: object) -> dict[str, Any]:
    """Return circusd's answer to one command. Raises NoCircusd when none comes within `timeout` seconds."""
    address = endpoint()
    request = {"id": uuid.uuid4().hex, "command": command, "properties": properties}
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    try:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, int(timeout * 1000))
        socket.setsockopt(zmq.SNDTIMEO, int(timeout * 1000))
        socket.connect(address)
        socket.send(json.dumps(request).encode("utf-8"))
        answer: dict[str, Any] = json.loads(socket.recv())
    except zmq.ZMQError as error:
        raise NoCircusd(message("circusd does not answer at {address}", address=address)) from error
    finally:
        socket.close()
        context.term()
    return answer
