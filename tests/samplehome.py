"""What an auditor is given: hub.yaml, key list, root key and journal of the sample log; no master key and no key store."""

from __future__ import annotations

import shutil
from pathlib import Path

from hub.app.paths import HomePaths
from hub.edges.journal import create_journal
from hub.edges.keystore import create_keystore
from hub.exchangelog.note import VerifierKey
from hub.exchangelog.tree import leaf_hash
from hub.ports import CheckpointRow, Commit, EntryRow, NodeRow
from tests.exchangelog_samples import KEYLIST, ORIGIN, ROOT_NAME, Log, root_private

CONFIG = f"format: 1\ntenant: '131211'\nenvironment: demo\nzone: kikan\norigin: {ORIGIN}\ndevelopment: true\n"


def copy_of(log: Log, place: Path) -> HomePaths:
    """The log as the journal stores it, commit by commit, and beside it the public keys alone."""
    paths = HomePaths(place)
    paths.keys.mkdir(parents=True)
    paths.config.write_text(CONFIG, "utf-8")
    paths.key_list.write_text(KEYLIST.sign(ROOT_NAME, root_private()), "utf-8")
    paths.root_verifier.write_text(VerifierKey.of(ROOT_NAME, root_private()).encode() + "\n", "utf-8")
    away = place.with_name(place.name + ".away")
    with create_keystore(away, bytes(32)) as keystore, create_journal(paths.journal, keystore) as journal:
        for commit in commits(log):
            journal.commit(commit)
    shutil.rmtree(away)
    return paths


def commits(log: Log) -> list[Commit]:
    """Each batch as one commit, without anything but the log."""
    return [
        Commit(
            expected_size=batch.growth.old.size,
            entries=tuple(
                EntryRow(index, leaf, leaf_hash(leaf)) for index, leaf in enumerate(batch.leaves, batch.growth.old.size)
            ),
            nodes=tuple(NodeRow(*node) for node in batch.growth.nodes),
            checkpoint=CheckpointRow(batch.checkpoint.size, batch.checkpoint.root, batch.note),
            edge=batch.growth.new.edge,
        )
        for batch in log.batches
    ]
