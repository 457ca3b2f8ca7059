"""`watch.py OWNER UID GID REMOVE COMMAND...` runs one server, and sees to it that nothing of it outlives its owner.

The watcher is the subreaper of all that the command starts, so processes that detach themselves stay among its descendants.
It ends when the command ends, when it is told to (SIGTERM), or when the owner is gone, in whatever way: the kernel tells
through a pidfd, no cooperation of the owner is needed. Before it ends it kills every descendant. Should the watcher itself
be killed, the kernel kills the command (PR_SET_PDEATHSIG), and both servers' helpers end with their server.

It runs with `python -I -S`: standard library only. It prints the command's process id, once.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None, use_errno=True)


def main(owner: int, uid: int, gid: int, remove: str, *command: str) -> int:
    """The command's exit status, or 143 when it was not waited for."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    owner_ends = os.pidfd_open(owner)
    if os.getppid() != owner:  # it died before we looked: the pidfd may be of a stranger
        return 143
    told_to_end = _terminated()
    child = _start(command, uid, gid)
    child_ends = os.pidfd_open(child.pid)
    with contextlib.suppress(BrokenPipeError):  # the owner is gone already, and the kernel is about to say so
        os.write(1, b"%d\n" % child.pid)
    ready, _, _ = select.select([owner_ends, told_to_end, child_ends], [], [])
    status = child.wait() if ready == [child_ends] else 143
    kill_descendants()
    if owner_ends in ready and remove:
        shutil.rmtree(remove, ignore_errors=True)
    return status


def kill_descendants() -> None:
    """Returns when none is left. What a dying process forked meanwhile is ours too, and dies in the next round."""
    while found := descendants(os.getpid()):
        for pid in found:
            _kill(pid)
        _reap()
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """Every process below `pid`, without it; zombies among them."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in parentheses may hold anything; the state and the parent follow its last parenthesis.
            parent = int(path.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = list(children.get(pid, ()))
    for below in found:  # grows while it is walked
        found.extend(children.get(below, ()))
    return found


def _start(command: tuple[str, ...], uid: int, gid: int) -> subprocess.Popen[bytes]:
    """Under the account, told to die with us; its output is our standard error, which is its log."""
    as_root = os.geteuid() == 0
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        stderr=2,
        user=uid if as_root else None,
        group=gid if as_root else None,
        extra_groups=[] if as_root else None,
        umask=0o077,
        # After the change of user, which would clear it; there are no threads here.
        preexec_fn=lambda: _prctl(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
    )


def _terminated() -> int:
    """A descriptor that becomes readable at SIGTERM. SIGINT of a terminal is for the owner."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(writable)
    return readable


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]))
