"""Who is at the other end of a connection within this machine: a port of ours on the loopback is open to everybody."""

import os
import socket
import struct
from pathlib import Path

#: Every IPv4 connection of this network namespace, a line each (proc_net_tcp.rst of the kernel).
TABLE = Path("/proc/net/tcp")

#: sock_diag(7): the question about one connection, with the netlink header before it, and what is known of it.
_HEADER, _QUESTION, _ANSWER = (
    struct.Struct("=IHHII"),
    struct.Struct("=BBBxI2s2s16s16sIII"),
    struct.Struct("=4x48xIIIII"),
)
_BY_FAMILY, _REQUEST, _SOCK_DIAG = 20, 1, 4
_ANY_STATE, _ANY_COOKIE = 0xFFFFFFFF, 0xFFFFFFFF


def is_ours(connection: socket.socket, table: Path = TABLE) -> bool:
    """True when the process that connected to us over the IPv4 loopback runs as our user.

    False for a connection that is gone already. Where the kernel shows none at all, nothing can be told: then True.
    """
    try:
        client, own = connection.getpeername(), connection.getsockname()
    except OSError:
        return False
    uid = _asked(client, own)
    if uid is None:
        try:
            uid = _listed(client, own, table)
        except FileNotFoundError:
            return True
        except OSError:
            return False
    return uid == os.geteuid()


def _asked(client: tuple[str, int], own: tuple[str, int]) -> int | None:
    """Ask the kernel for the owner of the client's end; None where it does not say."""
    ends = (
        struct.pack("!H", client[1]),
        struct.pack("!H", own[1]),
        socket.inet_aton(client[0]),
        socket.inet_aton(own[0]),
    )
    question = _QUESTION.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, _ANY_STATE, *ends, 0, _ANY_COOKIE, _ANY_COOKIE)
    header = _HEADER.pack(_HEADER.size + len(question), _BY_FAMILY, _REQUEST, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as kernel:
            kernel.settimeout(1.0)
            kernel.sendto(header + question, (0, 0))
            answer = kernel.recv(4096)
    except OSError:
        return None
    if _HEADER.unpack_from(answer)[1] != _BY_FAMILY or len(answer) < _HEADER.size + _ANSWER.size:
        return None
    _, _, _, uid, _ = _ANSWER.unpack_from(answer, _HEADER.size)
    return int(uid)


def _listed(client: tuple[str, int], own: tuple[str, int], table: Path) -> int | None:
    """Look for the client's end in the table, which takes long where there is room for many; None: not in it."""
    ends = f"{_written(client)} {_written(own)}"
    for line in table.read_text(encoding="ascii").splitlines():
        _, local, remote, _, _, _, _, uid, *_ = (*line.split(), *[""] * 8)
        if f"{local} {remote}" == ends:
            return int(uid)
    return None


def _written(address: tuple[str, int]) -> str:
    """Return an address as the table has it: its four bytes as one number of this machine, and the port, in hex."""
    host, port = address
    (number,) = struct.unpack("=I", socket.inet_aton(host))
    return f"{number:08X}:{port:04X}"
