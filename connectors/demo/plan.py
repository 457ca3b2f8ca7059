"""The plan: every message of the day with its expected outcome, written before anything runs (plan.jsonl).

It follows from the seed and the tables alone, so it is the expectation against which ledgers and logs are held afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from connectors.demo.places import DAY, Settings
from connectors.juki import subscriptions
from connectors.juki.messages import Planner
from connectors.juki.told import Follow, onward_id
from connectors.juki.town import Town
from hub.app.reading import read_file
from hub.codes import cfg
from hub.errors import Misconfigured
from hub.provisions.lawbook import Provisions

ACCEPTED, REFUSED, DUPLICATE, DISBELIEVED = "accepted", "refused", "duplicate", "disbelieved"
UNRELEASED = "unreleased"


@dataclass(frozen=True, slots=True)
class Line:
    """One submission: what the hub does with it (`outcome`, `code`), and what the recipient does (`effect`, `domain`).

    `attack` names an attack and is empty for the day's own messages. A `disbelieved` line is no submission: a recipient is
    handed a delivery with a stamp that is not its own, and must not believe it. Nor is an `unreleased` one: a person tries to
    let a held message go who may not.
    """

    message: str
    flow: str
    zone: str
    sender: str
    recipient: str
    type: str
    outcome: str
    code: str = ""
    effect: str = ""
    domain: str = ""
    attack: str = ""

    @property
    def delivered(self) -> bool:
        return self.outcome == ACCEPTED


def plan_of_day(settings: Settings, law: Provisions) -> Iterator[Line]:
    """The day's own messages, in the order of their events."""
    planner = Planner(law, subscriptions.load(subscriptions.read_own(), law))
    town = Town(settings.seed, settings.residents, settings.events, DAY, settings.full)
    for event in town.events:
        for message in planner.messages(event):
            ways = message.flow, message.type, message.sender, message.recipient
            yield _line(message.message_id, ways, message.rejection)
    for cause, follow in town.caused:
        yield from _follows(cause, (follow,))
    for told in town.told:
        yield _line(told.message_id, (told.flow, told.type, told.sender, told.recipient), told.rejection)
        yield from _follows(told.message_id, told.follows)


def _follows(cause: str, follows: Iterable[Follow]) -> Iterator[Line]:
    for one in follows:
        id_ = onward_id(cause, one)
        yield _line(id_, (one.flow, one.type, one.sender, one.recipient), one.rejection)
        yield from _follows(id_, one.follows)


def _line(message: str, way: tuple[str, str, str, str], rejection: str) -> Line:
    flow, type_, sender, recipient = way
    return Line(
        message=message,
        flow=flow,
        zone="juki-net" if "cs" in (sender, recipient) else "kikan",
        sender=sender,
        recipient=recipient,
        type=type_,
        outcome=ACCEPTED,
        effect="rejected" if rejection else "confirmed",
        domain=rejection,
    )


def write(path: Path, lines: Iterable[Line]) -> int:
    """Writes the plan; returns how many lines it has."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(_told(line), ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    return count


def read(path: Path) -> tuple[Line, ...]:
    """The plan as it was written. Raises `Misconfigured` HUB-CFG-011 for anything else."""
    try:
        return tuple(_heard(json.loads(text)) for text in read_file(path).decode("utf-8").splitlines())
    except (ValueError, TypeError, KeyError):
        raise Misconfigured(cfg.NOT_A_DEMO, path=str(path)) from None


def _told(line: Line) -> dict[str, str]:
    """By the names of the ledgers, so that whoever joins the two needs no other."""
    told = asdict(line)
    return {"MessageId": told.pop("message"), **told}


def _heard(told: dict[str, str]) -> Line:
    rest = dict(told)
    return Line(rest.pop("MessageId"), **rest)
