"""Another log key (docs/adr/0020): the house asks, the offline root signs, the house takes. The tree goes on.

    ask     nobody runs the home; a next key lies beside the old one, and the request names the log's end
    sign    where the root key is: an end that others saw, and the key list that says so
    take    the new key list replaces the old one, and that is the change; then the next key becomes the key

Until the list is replaced the old key signs, and everything can be given up; from then on the same command finishes.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.app.counting import Kept, Others, read_kept
from hub.app.evidence import NO_PINS, Archive, open_archive
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.codes import cfg, key
from hub.edges import pki
from hub.edges.home import atomic_write, lock_home, sync_directory
from hub.edges.signer import continue_signer_memory, load_log_key, require_head
from hub.edges.signermemory import TreeHead
from hub.errors import Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.keylist import OPEN, KeyList
from hub.exchangelog.line import Line, ended
from hub.exchangelog.note import Note, VerifierKey
from hub.exchangelog.succession import Asked, Witnessed, doubted, succeed
from hub.exchangelog.text import time_text, time_value
from hub.ports import Clock

_TICK: Final = timedelta(milliseconds=1)  # of the times in entries
_AHEAD: Final = timedelta(hours=1)  # so far a log may be ahead of the clock: the next key would begin only then
_NAME: Final = b'"time":"'
_TIME: Final = re.compile(rb'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)"')


@dataclass(frozen=True, slots=True)
class Taken:
    """What the log is called now, and its key; `changed` where this home's own log goes on under it from here."""

    line: Line
    changed: bool


def ask(paths: HomePaths, clock: Clock, name: str = "", doubt: datetime | None = None) -> Asked:
    """Makes the next key, and the request to be carried to the root. `doubt`: since when today's may be in other hands.

    Without a `name` the next origin is the first with a number behind it. Raises `HomeInUse` while the hub runs,
    `Misconfigured` HUB-KEY-016 in the middle of a change, -018, -019 and -027, `IntegrityError` when the journal is not what the signer remembers.
    """
    with lock_home(paths.root), open_archive(paths.root) as archive:
        line = archive.line
        _require_at_rest(paths, line)
        following = name or f"{line.epochs[0].origin}/{len(line.epochs) + 1}"
        newest, note = archive.newest()
        head, private = TreeHead(newest.size, newest.root), Ed25519PrivateKey.generate()
        require_head(paths.log_memory, line.origin, head)
        at = max(clock.now(), _latest(archive) + _TICK)
        if at > clock.now() + _AHEAD:
            raise Misconfigured(key.LOG_AHEAD, time=time_text(at))
        since = OPEN if doubt is None else time_text(min(doubt.astimezone(UTC), at))
        asked = Asked(note, VerifierKey.of(following, private), time_text(at), since, tuple(_seen(paths, newest)))
        succeed(NO_PINS.keys(paths), asked)  # or nothing is asked
        # What was asked before stays: the root may have signed it already.
        name_ = asked.key.id.hex()
        continue_signer_memory(paths.log_memory, paths.next_memory(name_), line.origin, following, head)
        pki.write_key(paths.next_key(name_), private)
    return asked


def sign(request: bytes, listed: str, root: Ed25519PrivateKey, others: Others, *, unwitnessed: bool = False) -> str:
    """The next key list, signed. The end of a sound key must have been seen by `others`, unless there is nobody.

    Raises `Misconfigured` HUB-KEY-017 to -019, -021, `IntegrityError` for a list of another root or an end that is none.
    """
    asked, name = Asked.decoded(request), Note.parse(listed).signatures[0].name
    current = KeyList.opened(listed, VerifierKey.of(name, root))
    following = succeed(current, asked)
    end = asked.end(Line.today(current, Checkpoint.claimed(asked.note).origin))
    seen = any(True for one in asked.seen_by_others(end) for _ in others.times(Kept(one.note, one.response)))
    if asked.doubt == OPEN and not seen and not unwitnessed:
        raise Misconfigured(key.UNSEEN_END, size=end.size)
    return following.sign(name, root)


def doubt(listed: str, root: Ed25519PrivateKey, origin: str, since: datetime) -> str:
    """The next key list, signed, in which a key that was replaced is in doubt since then. Raises `Misconfigured` HUB-KEY-018."""
    name = Note.parse(listed).signatures[0].name
    current = KeyList.opened(listed, VerifierKey.of(name, root))
    return doubted(current, origin, time_text(since.astimezone(UTC))).sign(name, root)


def take(paths: HomePaths, text: str) -> Taken:
    """The key list that the root signed, in a hub's home or an endpoint's. May be run again after a crash.

    Raises `HomeInUse`, `IntegrityError` for a list of another root, an older or a forked one, `Misconfigured` HUB-KEY-020
    where the log has grown since it was asked for, or the list names a key that this home does not have.
    """
    config = read_config(paths)
    root = VerifierKey.parse(read_text(paths.root_verifier, cfg.MISSING_FILE).strip())
    held = KeyList.opened(read_text(paths.key_list, cfg.MISSING_FILE), root)
    given = KeyList.opened(text, root, last=held)
    line = Line.today(given, config.origin)
    if not any(one.exists() for one in (paths.log_key, paths.log_memory, *paths.next_files())):  # an endpoint's home
        atomic_write(paths.key_list, text.encode())
        return Taken(line, changed=False)
    with lock_home(paths.root), _nobody_writes(paths):
        if _is(paths, line):
            atomic_write(paths.key_list, text.encode())
            return Taken(line, changed=False)
        if not _asked_for(paths, line):
            raise Misconfigured(key.OTHER_LIST, origin=line.origin)
        if given != held or paths.next_memory(_id(line)).exists():
            _check_end(paths, line, taken=given == held)
            _keep_anchors(paths)
            atomic_write(paths.key_list, text.encode())
        _change(paths, line)
    return Taken(line, changed=True)


def _require_at_rest(paths: HomePaths, line: Line) -> None:
    """No change is under way: the list may name a key that lies nowhere else than beside the old one. Raises `Misconfigured`."""
    if _asked_for(paths, line) or (paths.log_key.exists() and not _is(paths, line)):
        raise Misconfigured(key.LOG_KEY_OTHER, origin=line.origin)


@contextmanager
def _nobody_writes(paths: HomePaths) -> Iterator[None]:
    """Members of an engine may outlive whoever held the home's lock; at their next turn they find another memory."""
    paths.turn.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(paths.turn, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _latest(archive: Archive) -> datetime:
    """The latest time in the log: nothing promises that times ascend, and none may be of the next key's. What is no entry has none."""
    latest = ""
    with archive.journal.snapshot() as stored:
        for row in stored.entries():
            # The last member of that name is the entry's own: what is nested stands before it (RFC 8785 sorts).
            found = _TIME.match(row.leaf, row.leaf.rfind(_NAME))
            latest = max(latest, "" if found is None else found[1].decode("ascii"))
    if not latest:
        raise Misconfigured(key.NOT_ITS_END, origin=archive.origin)
    return time_value(latest)


def _seen(paths: HomePaths, end: Checkpoint) -> Iterator[Witnessed]:
    """What witnesses and authorities signed of the end itself."""
    for folder in (paths.anchors, paths.timestamps):
        for kept in read_kept(folder) if folder.is_dir() else ():
            if Checkpoint.claimed(kept.note) == end:
                yield Witnessed(kept.note, kept.response)


def _is(paths: HomePaths, line: Line) -> bool:
    """Whether the log's key is the one that the list names already."""
    return paths.log_key.exists() and line.log_key.key == VerifierKey.of(
        line.origin, load_log_key(read_file(paths.log_key))
    )


def _id(line: Line) -> str:
    return line.log_key.key.id.hex()


def _asked_for(paths: HomePaths, line: Line) -> bool:
    """Whether the key that the list names lies here, asked for and not taken yet."""
    file = paths.next_key(_id(line))
    return file.exists() and VerifierKey.of(line.origin, load_log_key(read_file(file))) == line.log_key.key


def _check_end(paths: HomePaths, line: Line, *, taken: bool) -> None:
    """The journal stands where the root says that the log ended: nothing was recorded since, and nothing taken away.

    `taken`: the list is in its place already, and a crash came before the rest.
    """
    before = line.epochs[-1].before
    with open_archive(paths.root) as archive:
        newest, _ = archive.newest()
    if before is None or newest != ended(before):
        raise Misconfigured(key.OTHER_LIST, origin=line.origin)
    head = TreeHead(newest.size, newest.root)
    if paths.log_memory.exists() or not taken:
        require_head(paths.log_memory, before.origin, head)  # a journal that was set back to that end is not the newest
    require_head(paths.next_memory(_id(line)), line.origin, head)


def _keep_anchors(paths: HomePaths) -> None:
    """What witnesses cosigned of the old origin stays under names of its own; of the next one they are asked anew."""
    for file in sorted(paths.anchors.glob("*.note")) if paths.anchors.is_dir() else ():
        said = Checkpoint.claimed(read_text(file))
        if "-" not in file.stem:
            file.replace(file.with_name(f"{file.stem}-{said.size:016}.note"))


def _change(paths: HomePaths, line: Line) -> None:
    """The memory first: a key that is there with a memory that is not would sign nothing, and the old key has none any more."""
    memory = paths.next_memory(_id(line))
    if memory.exists():
        memory.replace(paths.log_memory)
    sync_directory(paths.keys)
    paths.next_key(_id(line)).replace(paths.log_key)
    sync_directory(paths.keys)
    for left in paths.next_files():  # what else was asked for is not wanted any more
        left.unlink()
