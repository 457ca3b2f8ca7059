"""A lost key store out of a generation, and the records that are lost with it (ADR 18).

Nothing that the log lists as destroyed comes back: a generation is pruned of it, and what was destroyed since is refused here,
by the log's own entries and because the journal has no such record any more. Records of keys that no generation has are
lost. Giving them up is a step of its own: it is said by entries, message by message, and what still waited ends undelivered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from hub.app import legalhold
from hub.app.evidence import Archive, open_archive
from hub.app.keybackups import SETTLED, backups
from hub.app.opening import OpenHome, opened, read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.codes import key
from hub.edges.home import atomic_write, lock_home, sync_directory
from hub.edges.keybackups import Generation, Wanted
from hub.edges.keystore import FILE, require_own, require_sound
from hub.edges.signer import require_head
from hub.edges.signermemory import TreeHead
from hub.envelope import format_time
from hub.errors import HubError, IntegrityError, Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Admin, Erase, Exchange
from hub.observe import silent
from hub.ports import Clock, RebucketRow
from hub.stages.record import Notice, Rebucketed

LOST: Final = "keystore.lost"  # the actions of the entries
RESTORED: Final = "keystore.restored"
_RETENTION: Final = "lost"  # the class that lost records end in
_AT_ONCE: Final = 100  # entries of one commit
_PLACES: Final = (b'"kind":"erase"', b'"kind":"admin"')


@dataclass(frozen=True, slots=True)
class Restored:
    """The generation (None where the store itself was there), its living keys, the records that are lost, and whether they were
    given up: said by entries, and deleted.
    """

    generation: Generation | None
    keys: int
    lost: int
    given_up: bool


def restore(paths: HomePaths, clock: Clock, name: str = "", *, give_up: bool = False) -> Restored:
    """Puts a generation (the newest without a `name`) in the place of a store that is gone, damaged, or older than the journal.

    Records whose keys no generation has are lost; only with `give_up` are they given up. May be run again after a crash.
    Raises `HomeInUse`, `Misconfigured` HUB-KEY-014, -022, -023 and -025, `Unavailable` HUB-KEY-013 and -015,
    `IntegrityError` HUB-KEY-003 for another master key, -011 where the journal is not the newest.
    """
    with lock_home(paths.root):
        generation, keys = (None, 0) if _whole(paths) else _restored(paths, name)
        with opened(paths.root, clock, silent) as home:
            if unfinished := paths.restoring.exists():
                _settled(home)
            gone = home.journal.keyless()
            if generation is None and not unfinished and not gone:
                raise Misconfigured(key.STORE_WHOLE)
            lost = home.journal.places(gone)
            if give_up:
                _require_gone(paths, gone)
                _given_up(home, lost)
    return Restored(generation, keys, len(lost), give_up)


def _settled(home: OpenHome) -> None:
    """What was held or released since lies in other buckets than the generation says; nobody opens the home before that is mended."""
    paths = home.paths
    common = home.intake.common(format_time(home.clock.now()))
    name = read_text(paths.restoring).strip()
    home.intake.note(Notice(Admin(**common, action=RESTORED, about=name)))
    with open_archive(paths.root) as archive:
        said = _said_of(archive).held
    legalhold.replay(home, said)
    paths.restoring.unlink()
    sync_directory(paths.keystore)


def _whole(paths: HomePaths) -> bool:
    """Whether the store can be read, and has given every id that the journal used. Raises `IntegrityError` HUB-KEY-003."""
    try:
        mark = require_sound(paths.keystore, read_file(paths.master_key))
    except HubError as error:
        # A store of another release, another master key or a disk that does not answer is no loss.
        damaged = isinstance(error, IntegrityError) and error.code is not key.MASTER_WRONG
        if damaged or not (paths.keystore / FILE).exists():
            return False
        raise
    with open_archive(paths.root) as archive:
        return mark >= archive.journal.keys()[1]


def _require_gone(paths: HomePaths, gone: frozenset[int]) -> None:
    """No generation could open what is to be given up. Raises `Misconfigured` HUB-KEY-025, and as `KeyBackups.generations`."""
    if read_config(paths).key_backups is None:
        return
    kept = backups(paths)
    with kept.working(), open_archive(paths.root) as archive:
        kept.generations()  # one that is away may have them
        name, count = kept.holding(gone, _wanted(archive))
    if count:
        raise Misconfigured(key.STILL_HELD, name=name, count=count)


def _restored(paths: HomePaths, name: str) -> tuple[Generation, int]:
    kept = backups(paths)
    with kept.working(), open_archive(paths.root) as archive:
        newest, _ = archive.newest()
        require_head(paths.log_memory, archive.line.origin, TreeHead(newest.size, newest.root))
        chosen = [one for one in kept.generations() if name in {"", one.file.name}]
        if not chosen:
            raise Misconfigured(key.NO_GENERATION, name=name or "-")
        file = chosen[-1].file
        own = partial(require_own, master=read_file(paths.master_key))
        placing = partial(atomic_write, paths.restoring, f"{file.name}\n".encode())
        return chosen[-1], kept.restore(file, _wanted(archive), own, placing)


def _wanted(archive: Archive) -> Wanted:
    ids, mark = archive.journal.keys()
    return Wanted(ids, _said_of(archive).destroyed, mark, archive.journal.held_keys())


@dataclass(frozen=True, slots=True)
class _Said:
    """What the log says: buckets destroyed and not yet done in every generation; by entry of a message its last hold or release."""

    destroyed: frozenset[tuple[str, str]]
    held: Mapping[int, tuple[str, str]]


def _said_of(archive: Archive) -> _Said:
    found: dict[int, tuple[str, str]] = {}
    held: dict[int, tuple[str, str]] = {}
    settled = 0
    with archive.journal.snapshot() as stored:
        for row in stored.entries():
            if not any(place in row.leaf for place in _PLACES):
                continue
            match entries.parse(row.leaf):
                case Erase(retention=retention, due=str(due)) if due:
                    found[row.index] = (retention, due)
                case Admin(action=action, entry=int(last)) if action == SETTLED:
                    settled = last + 1
                case Admin(action=action, entry=int(of), about=about) if action in legalhold.ACTIONS:
                    held[of] = (action, about)
                case _:
                    pass
    return _Said(frozenset(bucket for index, bucket in found.items() if index >= settled), held)


def _given_up(home: OpenHome, lost: Sequence[tuple[int, str]]) -> None:
    """Says what is lost, and deletes it."""
    common = home.intake.common(format_time(home.clock.now()))
    home.intake.note(Notice(Admin(**common, action=LOST, about=f"records:{len(lost)}")))
    for start in range(0, len(lost), _AT_ONCE):
        home.intake.rebucket(partial(_said, home, lost[start : start + _AT_ONCE]))
    home.journal.bury()  # of entries that are about no message, and parts whose message never came


def _said(home: OpenHome, lost: Sequence[tuple[int, str]]) -> list[Rebucketed]:
    """One entry for each lost record of a message."""
    common = home.intake.common(format_time(home.clock.now()))
    said = []
    for index, slot in lost:
        entry = home.entry(index)
        if isinstance(entry, Exchange) and entry.message:
            erase = Erase(**common, retention=_RETENTION, count=1, message=entry.message, entry=index, slot=slot)
            said.append(Rebucketed(Notice(erase), (RebucketRow(index, slot, _RETENTION, None),)))
    return said
