"""One process owns a home, and its files change whole or not at all."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.codes import jnl
from hub.edges.home import atomic_stream, atomic_write, lock_home
from hub.errors import HomeInUse, IntegrityError, Misconfigured, Unavailable

HOLDER = """
import sys, time
from pathlib import Path
from hub.edges.home import lock_home
with lock_home(Path(sys.argv[1])):
    print("owned", flush=True)
    time.sleep(60)
"""


class TestLockHome:
    def test_second_owner_is_refused_until_the_first_ends(self, tmp_path: Path) -> None:
        """Another process is refused at once; when the owner is killed, the home is free."""
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE)
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"owned\n"
            with pytest.raises(HomeInUse) as caught, lock_home(tmp_path):
                pytest.fail("owned twice")
        finally:
            holder.kill()
            holder.communicate()

        assert (caught.value.code, caught.value.exit_code) == (jnl.HOME_IN_USE, 6)
        with lock_home(tmp_path):
            assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600

    def test_same_process_cannot_own_it_twice(self, tmp_path: Path) -> None:
        """Two openings in one process exclude each other too."""
        with lock_home(tmp_path), pytest.raises(HomeInUse), lock_home(tmp_path):
            pytest.fail("owned twice")

    def test_missing_home_is_not_made(self, tmp_path: Path) -> None:
        """There must be a home to lock."""
        with pytest.raises(Misconfigured), lock_home(tmp_path / "none"):
            pytest.fail("locked nothing")

        assert list(tmp_path.iterdir()) == []


class TestAtomicWrite:
    def test_replaces_privately_and_leaves_nothing_else(self, tmp_path: Path) -> None:
        """The file holds the new bytes, is the owner's alone, and no temporary file stays."""
        target = tmp_path / "key"
        target.write_bytes(b"old")
        target.chmod(0o644)
        atomic_write(target, b"new")

        assert target.read_bytes() == b"new"
        assert target.stat().st_mode & 0o777 == 0o600
        assert list(tmp_path.iterdir()) == [target]

    def test_failed_write_leaves_the_old_bytes(self, tmp_path: Path) -> None:
        """When the disk takes no more, the old file stands and no temporary file stays."""
        target = tmp_path / "key"
        atomic_write(target, b"old")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
        try:
            with pytest.raises(Unavailable) as caught:
                atomic_write(target, b"longer than that")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        assert caught.value.facts == {"place": "key", "reason": "EFBIG"}
        assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"old", [target])

    def test_what_breaks_off_while_it_is_made_leaves_the_old(self, tmp_path: Path) -> None:
        """The error of whoever makes the bytes passes on, and no temporary file stays."""
        target = tmp_path / "file"
        atomic_write(target, b"old")

        def parts() -> Iterator[bytes]:
            yield b"new"
            raise IntegrityError(jnl.DAMAGED, place="test", reason="row")

        with pytest.raises(IntegrityError):
            atomic_stream(target, parts())

        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"old")]
