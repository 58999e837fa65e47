"""Who speaks to a port of the loopback, as far as the kernel tells."""

import os
import socket
import subprocess
import sys

from hooks.arbiter import visitors


def test_the_user_and_the_program_behind_a_connection_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        call = f"socket.create_connection(('127.0.0.1', {port}))"
        code = f"import socket, sys; s = {call}; print(1, flush=True); sys.stdin.read()"
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            assert client.stdout is not None
            client.stdout.readline()

            said = visitors.who(port, frozenset())
            ours = visitors.who(port, frozenset({client.pid}))

    assert f"({os.geteuid()}), pid {client.pid}: {sys.executable}" in said
    assert ours == ""
    assert visitors.who(port, frozenset()) == ""
