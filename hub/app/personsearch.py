"""Entries about a person, found by the tokens under which endpoints speak of them; asking is itself an entry (ADR 19).

The hub knows no numbers: an endpoint's home makes the tokens of a 宛名番号 (`tokens`), one for each recipient. Whoever asks is an
approver or an auditor, with a reason, and the statement is over the tokens, so that a copied one finds nobody else.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Sequence
from typing import Final, cast

from hub.app.opening import OpenHome
from hub.app.paths import HomePaths
from hub.app.reading import read_file
from hub.app.revealing import entered, may
from hub.codes import cli, hld, zon
from hub.config import Config
from hub.envelope import format_time
from hub.errors import Misconfigured, Refused
from hub.exchangelog import canonical
from hub.framing import Message
from hub.ports import Clock
from hub.statements import Act, Approval, Statement

MOST: Final = 200  # tokens of one question, each looked up in every living bucket
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")


def tokens(paths: HomePaths, endpoint: str, recipients: Sequence[str], person: str) -> dict[str, str]:
    """The tokens by which this endpoint speaks of a person (宛名番号) to each recipient, as its connector makes them.

    Raises `Misconfigured` where the home is not the endpoint's.
    """
    key = read_file(paths.endpoint(endpoint).subject_key)
    make = importlib.import_module("connectors.kit.identity").subject_token
    return {recipient: str(make(key, recipient, person)) for recipient in recipients}


def checked(subjects: Sequence[str]) -> list[str]:
    """The tokens, each once. Raises `Misconfigured` HUB-CLI-070: what is no token may be a number, and is not sent on."""
    wanted = sorted(set(subjects))
    if not 0 < len(wanted) <= MOST or not all(TOKEN.fullmatch(one) for one in wanted):
        raise Misconfigured(cli.NO_TOKEN, most=MOST)
    return wanted


def statement(config: Config, clock: Clock, subjects: Sequence[str], reason: str, salt: bytes) -> Statement:
    """What a person signs to ask for these tokens; `salt` (32 random bytes) is kept nowhere.

    Without it whoever has a token could find out from the kept statement that this person was searched for.
    """
    about = f"persons:{len(subjects)}"
    return Statement(Act.REVEAL, about, _digest(subjects, salt), reason, config.origin, format_time(clock.now()))


def request(said: Statement, approval: Approval, subjects: Sequence[str], salt: bytes) -> Message:
    """The question to the owner of the home."""
    return {
        "op": "concerning",
        "statement": said.encoded(),
        "approval": approval.encoded(),
        "subjects": list(subjects),
        "salt": salt.hex(),
    }


def found(reply: Message) -> tuple[int, list[int]]:
    """The entry that says who asked, and those that were found."""
    return int(cast(int, reply["index"])), [int(one) for one in cast(Sequence[int], reply["found"])]


def answer(home: OpenHome, message: Message) -> Message:
    """`concerning`. Raises as `hub.app.revealing.may`, and `Refused` HUB-ZON-003."""
    match message:
        case {
            "op": "concerning",
            "statement": dict(said),
            "approval": dict(approval),
            "subjects": [*wanted],
            "salt": str(salted),
        }:
            try:
                signed, given = Statement.decoded(said), Approval.decoded(approval)
                subjects, salt = checked([str(one) for one in wanted]), bytes.fromhex(salted)
            except (KeyError, ValueError, Misconfigured):
                raise Refused(zon.REQUEST, what="statement") from None
            if signed.about != f"persons:{len(subjects)}":
                raise Refused(hld.OTHER_STATEMENT)
            may(home, signed, given, _digest(subjects, salt))
            index = entered(home, signed, given, "search.person")
            return {"index": index, "found": list(home.journal.concerning(subjects))}
        case _:
            raise Refused(zon.REQUEST, what="op")


def _digest(subjects: Sequence[str], salt: bytes) -> str:
    return hashlib.sha256(salt + canonical.encode(list(subjects))).hexdigest()
