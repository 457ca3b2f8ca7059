"""The processes of a zone on the engine, each a member of the home that its supervisor owns (ADR 9).

worker      takes its share of the inbound queues
dispatcher  hands out deliveries, answers the home's socket, sweeps what is due
connectors  the kit's workers, for endpoints whose keys this home holds; meets the hub at the broker alone
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from hub.app import engine
from hub.app.daily import Daily
from hub.app.following import follow
from hub.app.intaking import IntakeWorker
from hub.app.journalplace import journal_place
from hub.app.opening import OpenHome, read_config, read_house
from hub.app.outgoing import Asked, Outlet
from hub.app.paths import HomePaths
from hub.app.serving import Serving, ending, kit_place, kit_zone, run_core, worker_json
from hub.app.zone import ZoneCore
from hub.broker import Names
from hub.broker.names import HUB
from hub.codes import cfg
from hub.config import Config, Engine
from hub.edges.amqp.broker import Account
from hub.edges.amqp.consumer import Consumer
from hub.edges.amqp.publisher import Publisher
from hub.edges.amqp.sealing import read_seal_certificate, read_seal_key
from hub.edges.journal import open_reader
from hub.edges.socket import Message, Server
from hub.edges.suspects import Suspects
from hub.errors import Misconfigured
from hub.ports import Clock, Observer

PREFETCH: Final = 50
Started = Callable[[], None]


def work(home: OpenHome, number: int, started: Started) -> None:
    """Worker `number`, counted from 0, until SIGTERM. Raises `IntegrityError`."""
    wanted = _engine(home.config)
    routes, names = home.house.law.routes.endpoints, Names(home.config.zone)
    hub = _account(home.paths, home.config, HUB)
    queues = engine.share(names, routes, wanted.partitions, number, wanted.workers)
    station = engine.station(home.paths, home.config, routes, wanted.partitions)
    suspects = Suspects(home.paths.root / "run" / "suspects")
    stop = ending()
    with Consumer(hub, queues, PREFETCH) as inbound, Publisher(hub) as sending:
        started()
        IntakeWorker(home.intake, station, inbound, sending, suspects, home.clock, home.observe).run(stop)


def dispatch(home: OpenHome, started: Started) -> None:
    """The one dispatcher, until SIGTERM. Raises `IntegrityError`."""
    wanted = _engine(home.config)
    routes, names = home.house.law.routes.endpoints, Names(home.config.zone)
    hub = _account(home.paths, home.config, HUB)
    station = engine.station(home.paths, home.config, routes, wanted.partitions)
    with Consumer(hub, engine.controls(names, routes), PREFETCH) as control, Publisher(hub) as sending:
        outlet = Outlet(
            station,
            home.dispatcher,
            Asked(home.journal.nodes, lambda: home.journal.head().size, home.journal.handed),
            control,
            sending,
            home.observe,
            wanted.window,
        )
        daily = Daily(home)

        def before_round() -> None:
            daily.look()
            outlet.before_round()

        core = ZoneCore(home.intake, home.dispatcher, home.observe, before_round)
        try:
            run_core(Serving(home, core, {}), outlet.receivers, lambda _: started())
        finally:
            daily.stop()


def connect(path: Path, sockets: Path, clock: Clock, observe: Observer, started: Started) -> None:
    """The connectors of every endpoint whose keys this home holds, until SIGTERM."""
    paths = HomePaths(path)
    config = read_config(paths)
    wanted = _engine(config)
    with open_reader(journal_place(paths, config)) as journal:
        house, _ = read_house(paths, config, journal)
    assembly = importlib.import_module("connectors.kit.assembly")
    zone = kit_zone(paths, config, house, clock, observe, None)
    places = [
        assembly.Place(
            **kit_place(paths, endpoint, sockets), broker=_broker_place(paths, config, wanted, endpoint.code)
        )
        for endpoint in house.law.routes.endpoints.values()
    ]
    made: Mapping[str, tuple[Any, Any]] = assembly.over_broker(zone, places, partial(follow, clock))
    stop = ending()
    server = Server(paths.root / "run" / "connectors.sock", lambda _: _status(made))
    try:
        for worker, line in made.values():
            line.start(worker)
            worker.start()
        started()
        stop.wait()
    finally:
        server.close()
        for worker, line in made.values():
            line.close()
            worker.stop()


def _status(made: Mapping[str, tuple[Any, Any]]) -> Message:
    return {
        "connectors": {
            name: {**worker_json(worker.status()), "connected": line.connected} for name, (worker, line) in made.items()
        }
    }


def _engine(config: Config) -> Engine:
    if config.engine is None or config.engine.broker is None:
        raise Misconfigured(cfg.NO_ENGINE)
    return config.engine


def _account(paths: HomePaths, config: Config, code: str) -> Account:
    wanted = _engine(config).broker
    if wanted is None:
        raise Misconfigured(cfg.NO_ENGINE)
    return engine.account(paths, Names(config.zone), code, wanted.nodes, paths.root / wanted.ca)


def _broker_place(paths: HomePaths, config: Config, wanted: Engine, code: str) -> Any:
    module = importlib.import_module("connectors.kit.brokerhub")
    return module.BrokerPlace(
        _account(paths, config, code),
        Names(config.zone),
        read_seal_key(paths.endpoint(code).seal_key),
        read_seal_certificate(paths.seal(HUB)),
        wanted.partitions,
    )


__all__ = ["connect", "dispatch", "work"]
