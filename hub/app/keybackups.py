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
from hub.edges.keybackups import Generation, KeyBackups
from hub.edges.keystore import FILE
from hub.envelope import format_time
from hub.errors import Misconfigured
from hub.exchangelog.entry import Admin
from hub.outages import Outage
from hub.stages.record import Notice

SETTLED: Final = "erase.settled"  # the action of the entry
_AGAIN: Final = timedelta(hours=1)  # after a failure
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

    Raises `Unavailable` HUB-KEY-013.
    """
    kept = backups(paths)
    with open_archive(paths.root) as archive:
        size = (
            archive.journal.head().size
        )  # before the store is looked at: each of these erasures is in it, or under way
    days = {jst_day(one.made_at) for one in kept.generations()}
    if not daily or jst_day(now) not in days:
        kept.make(now)
    pruned = kept.prune()
    return Kept(tuple(kept.generations()), pruned, size if kept.settled() else None)


class KeyBackup:
    """One per home, looked at by the thread that owns its intake, once a Japanese day after what is due was erased."""

    def __init__(self, home: OpenHome) -> None:
        self._home = home
        self._errand = Errand(home.paths.root, home.paths.key_backup_said)
        self._outage = Outage(home.observe, "key-backup")
        self._done: date | None = None
        self._next = home.clock.now()

    def look(self) -> None:
        """Begins what is due, records what has ended; returns at once. Raises as `Intake.note`."""
        now = self._home.clock.now()
        if self._errand.running:
            if ended := self._errand.ended():
                self._told(ended, now)
        elif self._done != jst_day(now) and now >= self._next:
            try:
                self._errand.begin("keystore", "backup", "--daily")
            except OSError:
                self._failed(_NOT_BEGUN, now)

    def stop(self) -> None:
        """A copy under way is given up."""
        self._errand.stop()

    def _told(self, ended: Ended, now: datetime) -> None:
        settled = ended.number("settled")
        if ended.exit or settled < 0:
            self._failed(ended.code if ended.exit else key.BACKUP_FAILED.id, now)
            return
        self._outage.worked()
        self._done = jst_day(now)
        self._home.observe("keystore.backed-up", count=ended.number("pruned"), size=settled)
        if settled:
            common = self._home.intake.common(format_time(now))
            self._home.intake.note(Notice(Admin(**common, action=SETTLED, entry=settled - 1)))

    def _failed(self, code: str, now: datetime) -> None:
        self._next = now + _AGAIN
        self._outage.failed(code)
