"""Plan x ledgers x leaves of one day, message by message. Shares no code with the hub, nor with the demo's own reckoning.

Each function says what was planned and what was found, in the same shape: they must be equal. An ordinary day and a full one
are told alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import logfile
from tests.e2e.demorun import ZONES

Lines = Sequence[Mapping[str, Any]]
_WAY = ("sender", "recipient", "type")
_LEVELS = {"confirmed": "partner-confirmed", "rejected": "rejected"}


@dataclass(frozen=True, slots=True)
class Story:
    """What each witness wrote: the plan before the day, each ledger by its system, each zone's log, the answers to the attacks."""

    plan: Lines
    ledgers: Mapping[str, Lines]
    log: Mapping[str, Lines]
    results: Mapping[str, Mapping[str, Any]]

    @property
    def accepted(self) -> Lines:
        """The lines of the plan that the hub carries to their recipient."""
        return [one for one in self.plan if one["outcome"] == "accepted"]

    @property
    def refused(self) -> Lines:
        """The lines of the plan that the hub must refuse; each is an attack."""
        return [one for one in self.plan if one["outcome"] == "refused"]

    def entries(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(zone, entry) of each leaf of a kind."""
        return ((zone, one) for zone in ZONES for one in self.log[zone] if one["kind"] == kind)


def read(home: Path) -> Story:
    """The story of a day that was played to its end in `home`."""
    return Story(
        plan=_lines(home / "plan.jsonl"),
        ledgers={file.stem: _lines(file) for file in sorted((home / "effects").glob("*.jsonl"))},
        log={zone: logfile.entries(home / "zones" / zone) for zone in ZONES},
        results={one["attack"]: one for one in _lines(home / "attacks" / "results.jsonl")},
    )


def permits(story: Story) -> tuple[Counter[Any], Counter[Any]]:
    """Of each acceptance its zone, id, sender, recipient and type: as planned, as permitted."""
    planned = Counter((one["zone"], one["MessageId"], *(one[name] for name in _WAY)) for one in story.accepted)
    return planned, Counter(
        (zone, one["message"], *(one[name] for name in _WAY)) for zone, one in story.entries("permit")
    )


def effects(story: Story) -> tuple[Counter[Any], Counter[Any]]:
    """Of each acceptance the ledger, id, result, code and digest: as planned, with the digest of the log, and as performed."""
    digests = {one["message"]: one["digest"] for _, one in story.entries("permit")}
    beside = _beside(story)
    planned = Counter(
        (one["recipient"], one["MessageId"], one["effect"], one["domain"], digests[one["MessageId"]])
        for one in story.accepted
    )
    return planned, Counter(
        (system, one["MessageId"], one["result"], one.get("code", ""), one["sha256"])
        for system, one in _all_lines(story)
        if not beside(system, one)
    )


def reused(story: Story) -> set[tuple[str, str]]:
    """(ledger, flow) wherever a system beyond a partner wrote down a message of the hub under its own id."""
    known, beside = {one["MessageId"] for one in story.plan}, _beside(story)
    lines = ((system, one) for system, one in _all_lines(story) if one["MessageId"] in known)
    return {(system, one["flow"]) for system, one in lines if beside(system, one)}


def answers(story: Story) -> tuple[Counter[Any], Counter[Any]]:
    """Of each acceptance who answered, how it ended, and that it was after the permit and about its digest."""
    planned = Counter(
        (one["zone"], one["MessageId"], one["recipient"], _LEVELS[one["effect"]], one["domain"], True, True)
        for one in story.accepted
    )
    return planned, Counter(_answered(story))


def attacks(story: Story) -> tuple[dict[str, Any], dict[str, Any]]:
    """By attack the kind and code of the entry that the hub's answer names: as planned, as found."""
    found = {one["attack"]: story.log[one["zone"]][_index(story, one)] for one in story.refused}
    planned = {one["attack"]: ("refuse", one["code"]) for one in story.refused}
    return planned, {name: (one["kind"], one["code"]) for name, one in found.items()}


def attacks_of_one_entry(story: Story) -> list[tuple[str, int]]:
    """(zone, index) of entries that answer more than one attack: each must have its own."""
    entries = Counter((one["zone"], _index(story, one)) for one in story.refused)
    return [entry for entry, times in entries.items() if times > 1]


def refusals(story: Story) -> tuple[Counter[str], Counter[str]]:
    """How often each code refuses: in the plan, in the logs."""
    return Counter(one["code"] for one in story.refused), Counter(one["code"] for _, one in story.entries("refuse"))


def performed_attacks(story: Story) -> tuple[set[str], set[str]]:
    """Digests, and MessageIds that no honest message has too, of refused messages that stand in any ledger, whoever keeps it."""
    lines = [one for _, one in _all_lines(story)]
    honest = {one["MessageId"] for one in story.accepted}
    digests = {one["digest"] for _, one in story.entries("refuse")} & {one["sha256"] for one in lines}
    return digests, ({one["MessageId"] for one in story.refused} - honest) & {one["MessageId"] for one in lines}


def equations(report: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Both sides of each count of a report: nothing that was sent is unaccounted for, and nothing is outstanding."""
    refused = sum(report["refused"].values())
    ended = report["delivered"] + report["held"] + report["expired"] + report["failed"]
    settled = report["acknowledged"] + report["rejected"] + report["outstanding"]
    return {
        "sent = accepted + refused + duplicates": (report["sent"], report["accepted"] + refused + report["duplicates"]),
        "accepted = terminal + forwarded": (report["accepted"], report["terminal"] + report["forwarded"]),
        "forwarded = delivered + held + expired + failed": (report["forwarded"], ended),
        "delivered = acknowledged + rejected + outstanding": (report["delivered"], settled),
        "outstanding": (0, report["outstanding"]),
    }


def counted(story: Story, report: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """What a report counts beside what the leaves and the ledgers count."""
    planned = Counter(one["effect"] for one in story.accepted)
    kinds = Counter(one["kind"] for zone in ZONES for one in story.log[zone])
    told = {
        "forwarded": kinds["permit"],
        "terminal": kinds["answer"] + kinds["observation"],
        "acknowledged": planned["confirmed"],
        "rejected": planned["rejected"],
    }
    return {name: (report[name], found) for name, found in told.items()}


def unequal(sides: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Those whose two sides differ."""
    return {name: both for name, both in sides.items() if both[0] != both[1]}


def _answered(story: Story) -> Iterator[tuple[Any, ...]]:
    for zone in ZONES:
        permitted = {one["message"]: (at, one["digest"]) for at, one in enumerate(story.log[zone]) if _is_permit(one)}
        for at, answer in enumerate(story.log[zone]):
            for message, digest, level, code in answer["lines"] if answer["kind"] == "answer" else ():
                since, of = permitted.get(message, (at, ""))
                yield zone, message, answer["sender"], level, code, since < at, digest == of


def _is_permit(entry: Mapping[str, Any]) -> bool:
    return bool(entry["kind"] == "permit")


def _index(story: Story, attack: Mapping[str, Any]) -> int:
    return int(story.results[attack["attack"]]["index"])


def _all_lines(story: Story) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((system, one) for system, lines in story.ledgers.items() for one in lines)


def _beside(story: Story) -> Callable[[str, Mapping[str, Any]], bool]:
    """Whether a line of a system's ledger is of an exchange beside the hub.

    It names its flow; and it is under an id of its own, or in the ledger of a system that is at neither end of anything here.
    Under an id of the plan an endpoint's line always counts, whatever it says.
    """
    ends = {one[end] for one in story.plan for end in ("sender", "recipient")}
    known = {one["MessageId"] for one in story.plan}
    return lambda system, line: "flow" in line and (system not in ends or line["MessageId"] not in known)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
