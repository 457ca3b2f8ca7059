"""Attacks on a recipient: a delivery with the stamp of another message, or with that of a refusal. It must believe neither.

These never pass the hub; they are what a stolen transport could hand to a connector (design section 3, Stamp).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.demo.attacks import Attack
from connectors.demo.plan import DISBELIEVED, Line
from connectors.kit.identity import Identity
from connectors.kit.witness import log_trust
from hub.codes import log
from hub.errors import Code, IntegrityError
from hub.exchangelog.stamp import Claim, Stamp, accept

_CASES: tuple[tuple[str, str, str, Code], ...] = (
    ("stamp-of-another-message", "honest", "honest-twin", log.STAMP_MESSAGE),
    ("stamp-of-a-refusal", "honest", "wrong-affair", log.STAMP_NOT_PERMIT),
)


def disbelieved(attacks: Sequence[Attack]) -> Iterator[Line]:
    """The lines of the plan: whose bytes, and the code under which the recipient must refuse them."""
    by_name = {attack.line.attack: attack.line for attack in attacks}
    for name, bytes_of, _, code in _CASES:
        line = by_name[bytes_of]
        yield Line(
            line.message,
            line.flow,
            line.zone,
            line.sender,
            line.recipient,
            line.type,
            DISBELIEVED,
            code.id,
            attack=name,
        )


def verdicts(
    recipient: Identity, attacks: Sequence[Attack], results: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, str]:
    """The code with which the recipient's own check refused each case; "" when it believed it."""
    by_name = {attack.line.attack: attack for attack in attacks}
    return {
        name: _verdict(recipient, by_name[bytes_of], str(results[stamp_of]["receipt"]))
        for name, bytes_of, stamp_of, _ in _CASES
    }


def _verdict(recipient: Identity, attack: Attack, stamp: str) -> str:
    line = attack.line
    digest = hashlib.sha256(attack.submission.raw).hexdigest()
    claim = Claim(
        line.message, digest, line.type, 1, line.sender, recipient.endpoint, recipient.tenant, recipient.environment
    )
    try:
        accept(Stamp.parse(stamp), claim, log_trust(recipient.log), None)
    except IntegrityError as error:
        return error.code.id
    return ""
