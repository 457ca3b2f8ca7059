"""The journal, on SQLite or PostgreSQL: store of the exchange log and queue of deliveries in one transaction (design section 5)."""

from hub.edges.journal.journal import Journal
from hub.edges.journal.opening import Place, create_journal, open_journal, upgrade_journal
from hub.edges.journal.reader import JournalReader, open_reader
from hub.edges.journal.reading import Carriage, Snapshot

__all__ = [
    "Carriage",
    "Journal",
    "JournalReader",
    "Place",
    "Snapshot",
    "create_journal",
    "open_journal",
    "open_reader",
    "upgrade_journal",
]
