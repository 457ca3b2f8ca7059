"""The named steps between a message's way into the broker and its answer in the log, and how each may fail.

`dies`: the process is killed just before the step (failed and not done) or just after it (failed but done). `fails`: the
step says `Unavailable` before or after, as its contract allows. Nothing of this is in the product: `inside/` puts it there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

ARMS: Final = "JUKI_CHAOS_ARMS"  # the directory of what is to strike; read by inside/sitecustomize.py
INSIDE: Final = Path(__file__).resolve().parent / "inside"

WORKER: Final = "serve-worker"
DISPATCHER: Final = "serve-dispatcher"
CONNECTORS: Final = "serve-connectors"
PARTNER: Final = "--ledger-dir"

_UNCONFIRMED: Final = ("hub.codes.brk:UNCONFIRMED", {"seconds": 30, "count": 1})
_JOURNAL: Final = ("hub.codes.jnl:NO_CONNECTION", {"place": "chaos"})
_KEYS: Final = ("hub.codes.jnl:UNAVAILABLE", {"place": "chaos", "reason": "SQLITE_FULL"})
_STORE: Final = ("hub.codes.kit:STORE_UNAVAILABLE", {"kind": "SQLITE_FULL"})
_PARTNER_DOWN: Final = ("hub.codes.kit:PARTNER_DOWN", {"endpoint": "chaos", "kind": "ConnectionResetError"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the processes whose command line holds `who`: `target` is `module:Class.method`.

    `fails` is the code of its `Unavailable` with its facts; `fails_after` whether it may say so although it was done.
    """

    name: str
    who: str
    target: str
    fails: tuple[str, Mapping[str, object]] | None = None
    fails_after: bool = False


STEPS: Final = (
    Step("submission taken from the broker", WORKER, "hub.edges.amqp.consumer:Consumer.take"),
    Step("submission opened", WORKER, "hub.app.intaking:IntakeWorker._opened"),
    Step("submission judged", WORKER, "hub.intake:Intake._examine"),
    Step("tree head signed", WORKER, "hub.edges.signer:FileSigner.prepare"),
    Step("keys stored", WORKER, "hub.edges.keystore:KeyStore.change", _KEYS),
    Step("entries committed", WORKER, "hub.edges.journal.journal:Journal.commit", _JOURNAL, True),
    Step("tree head published", WORKER, "hub.edges.signer:FileSigner.confirm"),
    Step("receipt at the broker", WORKER, "hub.edges.amqp.publisher:Publisher.publish", _UNCONFIRMED, True),
    Step("submission acknowledged", WORKER, "hub.edges.amqp.consumer:Consumer.settle"),
    Step("delivery decided", DISPATCHER, "hub.dispatcher:Dispatcher._decide"),
    Step("delivery at the broker", DISPATCHER, "hub.edges.amqp.publisher:Publisher.publish", _UNCONFIRMED, True),
    Step("control taken from the broker", DISPATCHER, "hub.edges.amqp.consumer:Consumer.take"),
    Step("delivery heard", CONNECTORS, "connectors.kit.brokerhub:BrokerHub._take"),
    Step("stamp checked", CONNECTORS, "connectors.kit.acceptance:Acceptance.open"),
    Step(
        "effect asked of the partner", CONNECTORS, "connectors.kit.processing:Processing._handled", _PARTNER_DOWN, True
    ),
    Step("effect in the partner's ledger", PARTNER, "connectors.kit.ledger:Ledger.append"),
    Step("answer in the outbox", CONNECTORS, "connectors.kit.store:EndpointStore.commit_batch", _STORE),
    Step("delivery acknowledged", CONNECTORS, "hub.edges.amqp.consumer:Consumer.settle"),
    Step("events of a feed in the outbox", CONNECTORS, "connectors.kit.store:EndpointStore.commit_poll", _STORE),
    Step("submission at the broker", CONNECTORS, "hub.edges.amqp.publisher:Publisher.publish", _UNCONFIRMED, True),
    Step("receipt checked", CONNECTORS, "connectors.kit.acceptance:Acceptance.receipts"),
    Step("outbox emptied", CONNECTORS, "connectors.kit.store:EndpointStore.settle", _STORE),
)


def ways(step: Step) -> tuple[str, ...]:
    """How it may be struck: names of arms, without the step's own."""
    fails = () if step.fails is None else ("fails before", *["fails after"] * step.fails_after)
    return ("dies before", "dies after", *fails)


def prepare(arms: Path) -> None:
    """An empty directory of arms with the table that `inside/` reads; nothing strikes yet."""
    arms.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in arms.iterdir():
        old.unlink()
    (arms / "steps.json").write_text(json.dumps([asdict(step) for step in STEPS]), encoding="utf-8")


def arm(arms: Path, step: Step, way: str) -> Path:
    """The next process that comes to this step is struck; returns what lies there until then."""
    made = arms / f"{step.name}, {way}"
    made.touch()
    return made


def struck(arms: Path, step: Step, way: str) -> str:
    """The process that was struck; "" when none was."""
    fired = next(arms.glob(f"{step.name}, {way}, pid *"), None)
    if fired is None:
        return ""
    fired.unlink()
    return fired.name.rpartition(", ")[2]
