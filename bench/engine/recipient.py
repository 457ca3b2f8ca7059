"""`python -m bench.engine.recipient HOME ENDPOINT...`: the connectors of these endpoints over the broker, until they are stopped.

They are the kit's own; only the partner is ours, which confirms at once, as in `bench.ours`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import fixture
from bench.engine.home import EngineHome
from bench.engine.processes import tell_ready
from bench.ours import TYPES, Prompt
from connectors.kit.acceptance import SignatureCheck
from connectors.kit.brokerhub import BrokerHub
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.manner import Manner
from connectors.kit.operators import Automaton
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker
from hub.app.journalplace import journal_place
from hub.app.opening import read_house
from hub.app.serving import SAMPLED, ending
from hub.edges.clock import SystemClock
from hub.edges.journal import open_reader
from hub.observe import silent
from hub.pipeline import House


def main(root: str, *names: str) -> None:
    """The command."""
    stop, home = ending(), EngineHome.at(Path(root))
    with open_reader(journal_place(home.paths, home.config)) as journal:
        house, _ = read_house(home.paths, home.config, journal)
    made = [_connector(home, house, name) for name in names]
    for worker, line in made:
        line.start(worker)
        worker.start()
    tell_ready()
    stop.wait()
    for worker, line in made:
        line.close()
        worker.stop()


def _connector(home: EngineHome, house: House, name: str) -> tuple[Worker, BrokerHub]:
    me, automaton = fixture.identity(home, name), Automaton(name)
    line = BrokerHub(me, home.place(name), silent)
    room = Forwarding(Setup(me, Prompt(), automaton, house.law.provisions, frozenset()), TYPES)
    path = home.paths.endpoint(name).store
    store = EndpointStore.open if path.exists() else EndpointStore.create
    manner = Manner(SignatureCheck(house.trust, SAMPLED), automaton, handled=line.handled)
    return Worker(me, room, line, store(path, me), SystemClock(), manner), line


if __name__ == "__main__":
    main(*sys.argv[1:])
