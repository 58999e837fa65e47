"""Runs a command as systemd would under a unit, where no systemd runs: `python -m tests.tools.confined UNIT COMMAND…`.

`--expose FOLDER` before the unit lets the unit's user reach a folder that others can't, such as root's Python.

Needs root. What it does of a unit, and by the same means of the kernel: ProtectSystem=strict, ReadWritePaths, User,
CapabilityBoundingSet (empty), NoNewPrivileges, UMask, RestrictAddressFamilies (x86-64). ProtectHome=read-only is part
of strict. The rest of a unit is left out.
"""

import ctypes
import os
import platform
import pwd
import shlex
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)

# linux/mount.h, linux/prctl.h, linux/seccomp.h, linux/bpf_common.h
_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _RDONLY = 442, -100, 0x8000, 1
_CAPBSET_DROP, _SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 24, 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE_FAMILY = 0x7FFF0000, 0x00050000 | 97  # EAFNOSUPPORT
_SOCKET_X86_64 = 41

#: What ProtectSystem=strict leaves as it is (systemd.exec(5)).
API = ("/dev", "/proc", "/sys")


def directives(unit: str) -> dict[str, str]:
    """Return what a unit's [Service] says; of a name that stands twice the last."""
    lines = unit.partition("[Service]")[2].partition("[Install]")[0].splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def writable(value: str) -> Iterator[str]:
    """Yield the paths of ReadWritePaths that are there."""
    for one in shlex.split(value):
        path = one.removeprefix("-").replace("%%", "%")
        if Path(path).exists() or not one.startswith("-"):
            yield path


def expose(folder: str) -> None:
    """Let everybody reach a folder, and of what stands on the way to it nothing else."""
    parents = [one for one in reversed(Path(folder).parents) if not one.stat().st_mode & 1]
    if not parents:
        return
    held = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    _check(_LIBC.mount(b"none", str(parents[0]).encode(), b"tmpfs", 0, b"mode=755"))
    Path(folder).mkdir(parents=True)
    _check(_LIBC.mount(f"/proc/self/fd/{held}".encode(), folder.encode(), None, _MS_BIND | _MS_REC, None))
    os.close(held)


def protect_system(paths: list[str]) -> None:
    """Let nothing of the file system be written but these paths, and the kernel's own file systems."""
    for path in paths:
        _check(_LIBC.mount(path.encode(), path.encode(), None, _MS_BIND | _MS_REC, None))
    _set_read_only("/", on=True)
    for path in (*API, *paths):
        _set_read_only(path, on=False)


def _set_read_only(path: str, *, on: bool) -> None:
    attributes = struct.pack("QQQQ", _RDONLY if on else 0, 0 if on else _RDONLY, 0, 0)
    _check(_LIBC.syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), _AT_RECURSIVE, attributes, len(attributes)))


def drop_capabilities() -> None:
    """Empty the bounding set: whatever is started has none, root's processes too."""
    for number in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii")) + 1):
        _check(_LIBC.prctl(_CAPBSET_DROP, number, 0, 0, 0))


def restrict_families(names: list[str]) -> None:
    """Let sockets be made of these families alone."""
    allowed = [int(getattr(socket, name)) for name in names]
    code = [(_LOAD, 0, 0, 0), (_JUMP_IF_EQUAL, 0, len(allowed) + 2, _SOCKET_X86_64), (_LOAD, 0, 0, 16)]
    code += [(_JUMP_IF_EQUAL, len(allowed) - place, 0, family) for place, family in enumerate(allowed)]
    code += [(_RETURN, 0, 0, _REFUSE_FAMILY), (_RETURN, 0, 0, _ALLOW)]
    # The first jump skips the rest of the filter where it is another call.
    text = b"".join(struct.pack("HBBI", *line) for line in code)
    buffer = ctypes.create_string_buffer(text, len(text))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(buffer))
    _check(_LIBC.prctl(_SET_SECCOMP, _FILTER, program, 0, 0))


def confine(unit: str, *, exposed: str = "") -> None:
    """Put this process under what a unit says."""
    said = directives(unit)
    _check(_LIBC.unshare(_CLONE_NEWNS))
    _check(_LIBC.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    if exposed:
        expose(exposed)
    if said.get("ProtectSystem") == "strict":
        protect_system(list(writable(said["ReadWritePaths"])))
    if said.get("CapabilityBoundingSet") == "":
        drop_capabilities()
    if user := said.get("User"):
        found = pwd.getpwnam(user)
        os.setgroups([])
        os.setresgid(found.pw_gid, found.pw_gid, found.pw_gid)
        os.setresuid(found.pw_uid, found.pw_uid, found.pw_uid)
        os.environ.update(HOME=found.pw_dir, USER=user, LOGNAME=user)
    if said.get("NoNewPrivileges") == "yes":
        _check(_LIBC.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if platform.machine() == "x86_64" and "RestrictAddressFamilies" in said:
        restrict_families(said["RestrictAddressFamilies"].split())
    os.umask(int(said.get("UMask", "022"), 8))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main(arguments: list[str]) -> None:
    """Run the command in the place of this program."""
    exposed = ""
    if arguments[0] == "--expose":
        _, exposed, *arguments = arguments
    file, *command = arguments
    confine(Path(file).read_text(encoding="utf-8"), exposed=exposed)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
