"""A certificate server for the hub and for the 証明書交付センター: `python -m connectors.conbini.simulator --help`.

It holds everybody's 住民票 when the day begins. Two desks at one place, by Host: `conbini` takes records from the hub's
connector and nothing else, `conbini-koufu` takes requests (D3) and nothing else. On a full day a request waits until the
records of its person are in, so that no outcome depends on which process is faster.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from connectors.conbini.holdings import Holdings
from connectors.conbini.language import record_of
from connectors.conbini.seal import Seal
from connectors.conbini.server import Counter, Issue, Server, sealer
from connectors.juki.full import certificates
from connectors.juki.town import Town
from connectors.kit.desk import Play
from connectors.kit.languages.http import HttpService
from connectors.kit.ledger import Tokens
from connectors.kit.simulator import Options, run

ENDPOINT = "conbini"
COUNTER = "conbini-koufu"


def plays(options: Options, tokens: Tokens) -> Mapping[str, Play]:
    """Two plays over what one server holds."""
    town = Town.of(options)
    holdings = Holdings(tokens)
    for source in town.first_certificates() if options.residents else ():
        holdings.put(record_of(source))
    sealed = sealer(options.key.read_bytes())
    server = Server(holdings, sealed)
    awaited = {one.number: one.awaits for one in certificates.requests(town)} if options.full else {}
    issue = _issuing(Seal.at(options.key.parent)) if options.full else _nothing
    counter = Counter(holdings, sealed, issue, lambda number: server.has_taken(awaited.get(number, ())))
    return {ENDPOINT: server, COUNTER: counter}


def _issuing(seal: Seal) -> Issue:
    from connectors.conbini.document import document  # noqa: PLC0415 - pyHanko is wanted on a full day only

    return lambda page: document(page, seal)


def _nothing(_: object) -> bytes:
    raise ValueError("no certificate is issued on an ordinary day")


if __name__ == "__main__":
    sys.exit(run(ENDPOINT, (ENDPOINT, COUNTER), plays, speak=HttpService))
