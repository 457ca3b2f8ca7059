"""Records revealed for a command that a person gives: with a reason, by a signed statement, and as an entry (design promise 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.app import revealing
from hub.app.asking import ask
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.app.register import personal_key
from hub.app.revealing import Record
from hub.cli.options import given_reason
from hub.cli.output import Speaker
from hub.codes import cli
from hub.edges.clock import SystemClock
from hub.errors import Misconfigured


def reveal(say: Speaker, records: Sequence[Record], person: str, reason: str) -> tuple[int, Mapping[Record, bytes]]:
    """The entry that says so, and the records that live still. Raises `Misconfigured` HUB-CLI-067 where there is nothing to reveal."""
    why = given_reason(reason)
    if not records:
        raise Misconfigured(cli.NOTHING_TO_REVEAL)
    paths = HomePaths(say.home)
    said = revealing.statement(read_config(paths), SystemClock(), records, why)
    approval = said.signed(personal_key(paths, person))
    return revealing.revealed(ask(say.home, revealing.request(said, approval, records), revealing.answer))
