"""Where the time of a worker and of the dispatcher goes on the engine; timed by `bench.stages` in their own processes."""

from __future__ import annotations

from typing import Any, Final

import hub.endings
import hub.intake
import hub.pipeline
from hub.app.intaking import IntakeWorker, Station
from hub.app.outgoing import Outlet
from hub.app.zone import ZoneCore
from hub.dispatcher import Dispatcher
from hub.edges.amqp.consumer import Consumer
from hub.edges.amqp.publisher import Publisher
from hub.edges.journal import Journal
from hub.edges.keystore import KeyStore
from hub.edges.signer import FileSigner
from hub.edges.turn import FileTurn
from hub.intake import Intake

#: Those in which a process only waits for something to do; no share is of them.
IDLE: Final = frozenset({"waits for messages", "waits for a round"})

STAGES: Final[tuple[tuple[str, Any, str], ...]] = (
    ("waits for messages", Consumer, "take"),
    ("waits for a round", ZoneCore, "_gather"),
    ("opened: unsealed, read", IntakeWorker, "_opened"),
    ("verify: signature, certificate, coverage", hub.pipeline, "verify"),
    ("validate: envelope, header", hub.pipeline, "read"),
    ("validate: payload, domain checks", hub.pipeline, "validate"),
    ("authorise: route, law, identifiers", hub.pipeline, "authorise"),
    ("turn: waiting for another process", FileTurn, "_lock"),
    ("turn: head read, signer follows", Journal, "head"),
    ("turn: head read, signer follows", FileSigner, "take_over"),
    ("intake: known before?", Journal, "known"),
    ("intake: what an answer settles", hub.intake, "settle"),
    ("record: entries, tree, stamps", hub.intake, "record"),
    ("record: tree head signed and remembered", FileSigner, "prepare"),
    ("record: tree head signed and remembered", FileSigner, "confirm"),
    ("commit: body keys, encryption", KeyStore, "change"),
    ("commit: journal", Journal, "commit"),
    ("commit: keys destroyed (file 3)", KeyStore, "shred"),
    ("intake: the rest", Intake, "take"),
    ("deliver: what has its end", Dispatcher, "look"),
    ("deliver: what messages end (endings)", hub.endings, "end"),
    ("deliver: journal read, bodies decrypted", Journal, "ready"),
    ("deliver: the rest", Dispatcher, "round"),
    ("control: given back, asked", Outlet, "before_round"),
    ("sealed", Station, "parcel"),
    ("published and confirmed", Publisher, "publish"),
    ("acknowledged", Consumer, "settle"),
    ("worker: the rest", IntakeWorker, "step"),
)
