"""What a home's log is and was called, by its key list; the key that signs it, and what its entries say of the origin before."""

from __future__ import annotations

from collections.abc import Mapping

from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.codes import cfg, key
from hub.config import Config
from hub.edges.signer import load_log_key
from hub.envelope import format_time
from hub.errors import Misconfigured, Unavailable
from hub.exchangelog.keylist import KeyList
from hub.exchangelog.line import FOLLOWS, Line, follows
from hub.exchangelog.note import VerifierKey
from hub.ports import Clock


def read_line(paths: HomePaths, config: Config) -> Line:
    """What the home's log is and was called, and its keys. Raises `IntegrityError` for a key list that the root did not sign."""
    root = VerifierKey.parse(read_text(paths.root_verifier, cfg.MISSING_FILE).strip())
    return Line.today(KeyList.opened(read_text(paths.key_list, cfg.MISSING_FILE), root), config.origin)


def read_log_key(paths: HomePaths, line: Line) -> bytes:
    """The log's signing key. Raises `Misconfigured` HUB-KEY-016 when it is not the one that the key list names."""
    pem = read_file(paths.log_key)
    if VerifierKey.of(line.origin, load_log_key(pem)) != line.log_key.key:
        raise Misconfigured(key.LOG_KEY_OTHER, origin=line.origin)
    return pem


def require_begun(line: Line, clock: Clock) -> None:
    """An entry recorded before its key's time would be refused by everybody. Raises `Unavailable` HUB-KEY-024.

    Only where another key came before: a first key begins when its home is made.
    """
    if line.epochs[-1].before is not None and format_time(clock.now()) < line.log_key.since:
        raise Unavailable(key.BEFORE_ITS_TIME, since=line.log_key.since)


def following(line: Line) -> Mapping[str, str]:
    """What the first entry of an origin that follows another must say, and each such entry says."""
    before = line.epochs[-1].before
    return {} if before is None else {FOLLOWS: follows(before)}
