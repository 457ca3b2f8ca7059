"""Another log key (docs/adr/0020): the house asks, the offline root signs, the house takes. The tree goes on.

    ask     nobody runs the home; the next key lies beside the old one, and the request names the log's end
    sign    where the root key is: an end that others saw, and the key list that says so
    take    the new key list replaces the old one, and that is the change; then the next key becomes the key

Until the list is replaced the old key signs, and everything can be given up; from then on the same command finishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.app.counting import Kept, Others, read_kept
from hub.app.evidence import NO_PINS, Archive, open_archive
from hub.app.logline import read_line
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.codes import cfg, key
from hub.edges import pki
from hub.edges.home import atomic_write, lock_home, sync_directory
from hub.edges.signer import continue_signer_memory, load_log_key
from hub.edges.signermemory import TreeHead
from hub.errors import Misconfigured
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.keylist import OPEN, KeyList
from hub.exchangelog.line import Line, ended
from hub.exchangelog.note import Note, VerifierKey, is_name
from hub.exchangelog.succession import Asked, Witnessed, succeed
from hub.exchangelog.text import time_text, time_value
from hub.ports import Clock

_TICK: Final = timedelta(milliseconds=1)  # of the times in entries


@dataclass(frozen=True, slots=True)
class Taken:
    """What the log is called now, and its key; `changed` where this home's own log goes on under it from here."""

    line: Line
    changed: bool


def ask(paths: HomePaths, clock: Clock, name: str = "", doubt: datetime | None = None) -> Asked:
    """Makes the next key, and the request to be carried to the root. `doubt`: since when today's may be in other hands.

    Without a `name` the next origin is the first with a number behind it. Raises `HomeInUse` while the hub runs,
    `Misconfigured` HUB-KEY-018 and -019, `IntegrityError` when the journal is not what the signer remembers.
    """
    config = read_config(paths)
    with lock_home(paths.root), open_archive(paths.root) as archive:
        line = archive.line
        following = name or f"{line.epochs[0].origin}/{len(line.epochs) + 1}"
        if not is_name(following) or NO_PINS.keys(paths).newest(config.origin) == following:
            raise Misconfigured(key.NAME_TAKEN, origin=following[:80])
        newest, note = archive.newest()
        head = TreeHead(newest.size, newest.root)
        paths.next_key.unlink(missing_ok=True)
        paths.next_memory.unlink(missing_ok=True)
        continue_signer_memory(paths.log_memory, paths.next_memory, line.origin, following, head)
        private = Ed25519PrivateKey.generate()
        pki.write_key(paths.next_key, private)
        at = max(clock.now(), _last(archive, newest.size) + _TICK)
        since = OPEN if doubt is None else time_text(min(doubt.astimezone(UTC), at))
        asked = Asked(note, VerifierKey.of(following, private), time_text(at), since, tuple(_seen(paths, newest)))
        asked.end(line)
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
    if not paths.log_key.exists() and not paths.next_key.exists():  # an endpoint's home
        atomic_write(paths.key_list, text.encode())
        return Taken(line, changed=False)
    with lock_home(paths.root):
        if _is(paths, line):
            atomic_write(paths.key_list, text.encode())
            _clear(paths)
            return Taken(line, changed=False)
        if not paths.next_key.exists() or VerifierKey.of(line.origin, _next(paths)) != line.log_key.key:
            raise Misconfigured(key.OTHER_LIST, origin=line.origin)
        if given != held:
            _check_end(paths, line)
            _keep_anchors(paths, read_line(paths, config))
            atomic_write(paths.key_list, text.encode())
        _change(paths)
    return Taken(line, changed=True)


def _last(archive: Archive, size: int) -> datetime:
    with archive.journal.snapshot() as stored:
        for row in stored.entries(size - 1, size):
            return time_value(entries.parse(row.leaf).time)
    raise Misconfigured(key.NOT_ITS_END, origin=archive.origin)


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


def _next(paths: HomePaths) -> Ed25519PrivateKey:
    return load_log_key(read_file(paths.next_key))


def _check_end(paths: HomePaths, line: Line) -> None:
    """The journal stands where the root says that the log ended: nothing was recorded since, and nothing taken away."""
    before = line.epochs[-1].before
    with open_archive(paths.root) as archive:
        newest, _ = archive.newest()
    if before is None or newest != ended(before):
        raise Misconfigured(key.OTHER_LIST, origin=line.origin)


def _keep_anchors(paths: HomePaths, line: Line) -> None:
    """What witnesses cosigned of the old origin stays under names of its own; of the next one they are asked anew."""
    for file in sorted(paths.anchors.glob("*.note")) if paths.anchors.is_dir() else ():
        said = Checkpoint.claimed(read_text(file))
        if said.origin == line.origin and "-" not in file.stem:
            file.replace(file.with_name(f"{file.stem}-{said.size:016}.note"))


def _change(paths: HomePaths) -> None:
    """The memory first: a key that is there with a memory that is not would sign nothing, and the old key has none any more."""
    if paths.next_memory.exists():
        paths.next_memory.replace(paths.log_memory)
    sync_directory(paths.keys)
    paths.next_key.replace(paths.log_key)
    sync_directory(paths.keys)


def _clear(paths: HomePaths) -> None:
    """What was asked for and is not wanted any more."""
    paths.next_key.unlink(missing_ok=True)
    paths.next_memory.unlink(missing_ok=True)
