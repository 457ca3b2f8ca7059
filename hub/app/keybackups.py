"""The key store's generations: one a day, each pruned of what was erased since; then an entry says up to where erasures are done.

An erasure is done when no generation can undo it (ADR 18). The copies are made by a process of their own, which needs no key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from hub.app.errand import Ended, Errand
from hub.app.evidence import open_archive
from hub.app.opening import OpenHome, read_config
from hub.app.paths import HomePaths
from hub.calendar import jst_day
from hub.codes import key
from hub.edges.keybackups import Generation, KeyBackups, Living
from hub.edges.keystore import FILE
from hub.envelope import format_time
from hub.errors import Misconfigured
from hub.exchangelog.entry import Admin
from hub.outages import Outage
from hub.stages.record import Notice

SETTLED: Final = "erase.settled"  # the action of the entry
_AGAIN: Final = timedelta(hours=1)  # after a failure
_SOON: Final = timedelta(minutes=1)  # after a look in which something was on its way out
_PATIENCE: Final = timedelta(hours=1)
_NOT_BEGUN: Final = "-1"


@dataclass(frozen=True, slots=True)
class Kept:
    """What one run came to: the generations, the keys that were pruned, and how many entries' erasures are done (None: not yet)."""

    generations: tuple[Generation, ...]
    pruned: int
    settled: int | None


def backups(paths: HomePaths) -> KeyBackups:
    """The home's generations. Raises `Misconfigured` HUB-KEY-014 where hub.yaml names no place for them."""
    wanted = read_config(paths).key_backups
    if wanted is None:
        raise Misconfigured(key.NO_BACKUPS)
    return KeyBackups(paths.keystore / FILE, paths.root / wanted.folder, wanted.generations)


def keep(paths: HomePaths, now: datetime, *, daily: bool = False) -> Kept:
    """One more generation (with `daily` unless there is one of this Japanese day), all of them pruned; beside the owner.

    Raises `Unavailable` HUB-KEY-013 or -015.
    """
    kept = backups(paths)
    with kept.working():
        size, living = _now(paths, kept, now)
        days = {jst_day(one.made_at) for one in kept.generations()}
        if not daily or jst_day(now) not in days:
            kept.make(now)
        pruned = kept.prune()
        done = not living.unfinished and kept.hold_only(living)
        return Kept(tuple(kept.generations()), pruned, size if done else None)


def look(paths: HomePaths, now: datetime) -> Kept:
    """The generations as they are, and whether every erasure recorded so far is done. Raises as `keep`."""
    kept = backups(paths)
    with kept.working():
        size, living = _now(paths, kept, now)
        done = not living.unfinished and kept.hold_only(living)
        return Kept(tuple(kept.generations()), 0, size if done else None)


def _now(paths: HomePaths, kept: KeyBackups, now: datetime) -> tuple[int, Living]:
    """The log's size, and behind it the store: what was recorded as erased by then is gone from it, or on its way out."""
    with open_archive(paths.root) as archive:
        size = archive.journal.head().size
    return size, kept.living(jst_day(now))


class KeyBackup:
    """One per home, looked at by the thread that owns its intake, once a Japanese day after what is due was erased."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._errand = Errand(home.paths.root, home.paths.key_backup_said, _PATIENCE, idle=False)
        self._outage = Outage(home.observe, "key-backup")
        self._done: date | None = None
        self._next = home.clock.now()
        self._begun = (jst_day(self._next), 0)  # the day, and the log's size then

    def look(self) -> None:
        """Begins what is due, records what has ended; returns at once. Raises as `Intake.note`."""
        now = self._home.clock.now()
        if self._errand.running:
            if ended := self._errand.ended():
                self._told(ended, now)
        elif self._done != jst_day(now) and now >= self._next:
            self._begun = (jst_day(now), self._home.intake.tree.size)
            try:
                self._errand.begin("keystore", "backup", "--daily")
            except OSError:
                self._failed(_NOT_BEGUN, now)

    def stop(self) -> None:
        """A copy under way is given up."""
        self._errand.stop()

    def _told(self, ended: Ended, now: datetime) -> None:
        if ended.exit:
            self._failed(ended.code, now)
            return
        self._outage.worked()
        self._next = now + _SOON
        day, size = self._begun
        settled = min(size, ended.number("settled"))
        if settled < 0:  # something was just being erased
            return
        self._home.observe("keystore.backed-up", count=ended.number("pruned"), size=settled)
        if settled:
            common = self._home.intake.common(format_time(now))
            self._home.intake.note(Notice(Admin(**common, action=SETTLED, entry=settled - 1)))
        self._done = day

    def _failed(self, code: str, now: datetime) -> None:
        self._next = now + _AGAIN
        self._outage.failed(code)
