"""Evidence for those who were not there: the log verified offline, exported, and an entry shown or proven.

Reads only, beside whoever owns the home: public keys are enough, and nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.app.opening import read_config, read_file
from hub.app.paths import HomePaths
from hub.codes import cli
from hub.edges.journal import Journal, open_journal
from hub.edges.keystore import open_keystore
from hub.errors import Misconfigured
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.export import export_lines
from hub.exchangelog.keylist import KeyList, LogKey
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.stamp import Stamp
from hub.exchangelog.tree import prove_inclusion
from hub.exchangelog.verifier import Report, verify_rows


@dataclass(frozen=True, slots=True)
class Archive:
    """A home's log, to be read. `log_key` is believed because the offline root signed the key list."""

    origin: str
    log_key: LogKey
    journal: Journal

    def verify(self, outside: Sequence[str]) -> Report:
        """Recomputes everything; `outside` are checkpoint notes that were kept elsewhere."""
        known = [Checkpoint.verified(note, self.log_key.key) for note in outside]
        with self.journal.snapshot() as log:
            head = log.head()
            return verify_rows(
                ((row.index, row.leaf, row.leaf_hash) for row in log.entries()),
                ((row.level, row.index, row.hash) for row in log.nodes()),
                ((row.size, row.root, row.note) for row in log.checkpoints()),
                self.log_key,
                known,
                (head.size, head.edge, head.note),
            )

    def export(self) -> Iterator[str]:
        """The lines of an export: checkpoints and leaves, nothing that is not public among the parties."""
        with self.journal.snapshot() as log:
            notes = [row.note for row in log.checkpoints()]
            yield from export_lines(self.origin, notes, (row.leaf for row in log.entries()))

    def leaf(self, index: int) -> bytes:
        """Raises `Misconfigured` HUB-CLI-003 when the log has no such entry."""
        with self.journal.snapshot() as log:
            row = next(log.entries(index, index + 1), None) if index >= 0 else None
        if row is None:
            raise Misconfigured(cli.NO_ENTRY, index=index)
        return row.leaf

    def prove(self, index: int) -> Stamp:
        """The entry with its proof up to the newest checkpoint."""
        leaf = self.leaf(index)
        head = self.journal.head()
        return Stamp(leaf, index, prove_inclusion(index, head.size, self.journal.nodes), head.note)


@contextmanager
def open_archive(path: Path, root_key: str | None = None) -> Iterator[Archive]:
    """The log of a home; `root_key` is the pinned offline root, else the one that the home itself names."""
    paths = HomePaths(path)
    config = read_config(paths)
    root = VerifierKey.parse((root_key or read_file(paths.root_verifier).decode("utf-8")).strip())
    log_key = KeyList.opened(read_file(paths.key_list).decode("utf-8"), root).of(config.origin)
    with ExitStack() as held:
        keystore = held.enter_context(open_keystore(paths.keystore, read_file(paths.master_key)))
        yield Archive(config.origin, log_key, held.enter_context(open_journal(paths.journal, keystore)))
