"""A program in a mount namespace of its own: part of a home lies on a tiny disk, which fills up and is made larger again.

    python -m tests.fulldisk journal|keystore HOME   a tmpfs over that directory of the home
    python -m tests.fulldisk database PLACE          a PostgreSQL server whose data directory lies on one

(`keys/log.memory` is written in place and needs no room.) Messages are taken one by one until the disk is full, are tried again, and are taken once there is room. Prints what came of it.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hub.app.endpoints import fresh_subject
from hub.app.evidence import open_archive
from hub.app.founding import Founding, found
from hub.app.opening import OpenHome, open_home
from hub.app.paths import HomePaths
from hub.config import Config, Engine, JournalServer
from hub.edges import resources
from hub.edges.clock import SystemClock
from hub.errors import Unavailable
from hub.messages import Recorded, Submission
from hub.observe import silent
from scripts.servers import Postgres, Root
from tests.letters import letters

CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)
MOST, MORE, AGAIN = 2000, 5, 3
_ROOM = {"journal": 500_000, "keystore": 120_000}  # bytes, for some dozen messages
_REMOUNT = 32  # MS_REMOUNT
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Story:
    """How many were accepted before the disk was full; the codes while it was; what stood in the log then and in the end."""

    accepted: int = 0
    codes: list[str] = field(default_factory=list)
    size_before: int = 0
    size_full: int = 0
    after: int = 0
    missing: int = 0
    verified: bool = False


def mount(place: Path, size: int, flags: int = 0) -> None:
    """A disk of so many bytes over a directory, or that disk with another size."""
    options = f"size={size},mode=0711".encode()
    if _LIBC.mount(b"tmpfs", str(place).encode(), b"tmpfs", flags, options) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def on_small_disk(place: Path, room: int) -> Callable[[], None]:
    """Moves what lies in a directory onto a disk that has `room` bytes left; returns how to make it large."""
    kept = place.with_name(f"{place.name}.kept")
    shutil.copytree(place, kept)
    used = sum(-(-file.stat().st_size // 4096) * 4096 for file in kept.rglob("*") if file.is_file())
    mount(place, used + room)
    shutil.copytree(kept, place, dirs_exist_ok=True)
    place.chmod(0o700)
    return lambda: mount(place, used + 256 * 1024 * 1024, _REMOUNT)


def take(home: OpenHome, one: Submission) -> Recorded | str:
    """Its receipt, or the code under which it was not taken."""
    try:
        return home.intake.take([one]).recorded[0]
    except Unavailable as error:
        return error.code.id


def fill(home: OpenHome, make_room: Callable[[], None], patience: float) -> Story:
    """Until the disk is full, while it is, and after: by the same process, that nobody starts again."""
    story, receipts = Story(size_before=home.journal.head().size), list[Recorded]()
    waiting = _letters(home.paths)
    one = next(waiting)
    refused = 0  # in a row: a database may still find room when it has tidied up
    while refused <= AGAIN and len(receipts) < MOST:
        done = take(home, one)
        if isinstance(done, str):
            story.codes.append(done)
            refused += 1
        else:
            receipts.append(done)
            one, refused = next(waiting), 0
    story.accepted = len(receipts)
    with suppress(Unavailable):  # a server that is full may be down
        story.size_full = home.journal.head().size
    make_room()
    until = time.monotonic() + patience
    while isinstance(done := take(home, one), str) and time.monotonic() < until:
        time.sleep(0.2)
    resumed = [done, *(take(home, next(waiting)) for _ in range(MORE - 1))]
    receipts += [one for one in resumed if isinstance(one, Recorded)]
    story.after = sum(isinstance(one, Recorded) for one in resumed)
    story.missing = sum(home.journal.secret(one.index, "body") is None for one in receipts)
    return story


def _letters(paths: HomePaths) -> Iterator[Submission]:
    while True:
        yield from letters(paths, [fresh_subject() for _ in range(50)])


def told(root: Path, make_room: Callable[[], None], patience: float = 0.0) -> None:
    """Fills, and says what came of it; the log is verified by the archive, as `hub log verify` does."""
    with open_home(root, SystemClock(), silent) as home:
        story = fill(home, make_room, patience)
    with open_archive(root) as archive:
        story.verified = archive.verify(()).ok
    sys.stdout.write(json.dumps(asdict(story)) + "\n")


@contextmanager
def server() -> Iterator[tuple[Postgres, Path]]:
    """PostgreSQL on a disk of 400 MB, and where on it something may be put."""
    place = Path(tempfile.mkdtemp(prefix="juki-disk-"))  # the server's account must pass through
    mount(place, 400 * 1024 * 1024)
    try:
        with Root(place) as root, Postgres(root) as postgres:
            yield postgres, place / "filler"
    finally:
        _LIBC.umount2(str(place).encode(), 0)
        place.rmdir()


def fill_up(filler: Path, room: int) -> None:
    """Leaves so many bytes."""
    free = shutil.disk_usage(filler.parent).free
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - room)


def main(arguments: Sequence[str]) -> None:
    """One of the disks."""
    what, place = arguments[0], Path(arguments[1])
    if what != "database":
        told(place, on_small_disk(place / what, _ROOM[what]))
        return
    with server() as (postgres, filler):
        made = postgres.create_database("juki")
        journal = JournalServer(host=str(made.socket), port=made.port, database=made.name, user=made.user)
        config = CONFIG.model_copy(update={"engine": Engine(journal=journal)})
        home = found(Founding(place / "home", config, resources.routing_file(), datetime.now(UTC) - timedelta(hours=1)))
        fill_up(filler, 1024 * 1024)
        told(home.root, filler.unlink, 60.0)


if __name__ == "__main__":
    main(sys.argv[1:])
