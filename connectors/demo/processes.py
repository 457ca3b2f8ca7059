"""The processes of a demo: the simulators of the partners and one hub per zone, each ending when its driver is gone."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.demo.door import Door
from connectors.demo.places import DAY, OPENING, ROOMS, ZONES, DemoHome, Settings
from hub.app.opening import read_config
from hub.app.paths import HomePaths
from hub.codes import zon
from hub.envelope import format_time
from hub.errors import Unavailable

PATIENCE = 60.0
_TOLD_LAST = ("chukan",)  # rooms that hear from peers of other rooms until these end
_APART = ("gakkou", "systems")  # rooms of several systems


@dataclass(frozen=True, slots=True)
class Simulator:
    """A partner system's process: the module that runs it, the name of its place and, where it serves not all of them, whose it is."""

    name: str
    module: str
    place: str
    endpoints: tuple[str, ...] = ()

    @property
    def shares_its_place(self) -> bool:
        """Whether others serve other endpoints there: then each has a ledger key of its own."""
        return len(self.endpoints) == 1 and self.endpoints[0] != self.place


@dataclass(frozen=True, slots=True)
class Running:
    """The processes at work, and a way to speak to each zone; on the engine its connectors are in a process of their own."""

    processes: Mapping[str, subprocess.Popen[bytes]]
    zones: Mapping[str, Door]
    connectors: Mapping[str, Door]

    def status(self) -> dict[str, dict[str, object]]:
        """What each zone tells of itself, its connectors included."""
        found = {zone: client.call({"op": "status"}) for zone, client in self.zones.items()}
        for zone, client in self.connectors.items():
            found[zone] |= client.call({"op": "status"})
        return found

    def check(self) -> None:
        """Raises `Unavailable` when one of them ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise Unavailable(zon.PROCESS_ENDED, name=name, exit=process.returncode)


@contextmanager
def running(home: DemoHome, settings: Settings, departments: Sequence[str]) -> Iterator[Running]:
    """Everything started, and stopped again whatever happens. Raises `Unavailable` when something does not start."""
    home.sockets.mkdir(mode=0o700, exist_ok=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    zones: dict[str, Door] = {}
    connectors: dict[str, Door] = {}
    try:
        for one in simulators(departments, full=settings.full):
            processes[one.name] = _start(_simulator(home, settings, one), home, one.name)
        for name in tuple(processes):
            _await_ready(processes[name], name)
        for zone in ZONES:
            processes[f"zone-{zone}"] = _start(_zone(home, zone), home, f"zone-{zone}")
        for zone in ZONES:
            _await_ready(processes[f"zone-{zone}"], f"zone-{zone}")
            run, patience = home.zone(zone) / "run", PATIENCE if _on_engine(home, zone) else 0.0
            zones[zone] = Door(run / "hub.sock", patience)
            if patience:
                connectors[zone] = Door(run / "connectors.sock", patience)
        yield Running(processes, zones, connectors)
    finally:
        for client in (*zones.values(), *connectors.values()):
            client.close()
        for name in reversed(tuple(processes)):
            _stop(processes[name])


def simulators(departments: Sequence[str], *, full: bool) -> tuple[Simulator, ...]:
    """In order of starting; what starts first is stopped last.

    On a full day every system of the document has a process of its own (ADR 12). A partner brings its peers its last errands when
    it ends, and what the CS tells the 全国サーバー goes on through the 情報提供ネットワークシステム to the 中間サーバー (C2b).
    """
    if not full:
        return tuple(_room(room, departments) for room in ROOMS)
    rooms = [one for room in ROOMS if room not in _TOLD_LAST for one in _systems(room, departments)]
    return (*(_room(room, departments) for room in _TOLD_LAST), *_peers(), *rooms)


def _room(room: str, departments: Sequence[str]) -> Simulator:
    endpoints = tuple(departments) if room == "departments" else ()
    return Simulator(f"simulator-{room}", f"connectors.{room}.simulator", room, endpoints)


def _systems(room: str, departments: Sequence[str]) -> Iterator[Simulator]:
    """The processes of one room: one for each of its systems where these share their code and nothing else."""
    if room not in _APART:
        yield _room(room, departments)
        return
    for endpoint in importlib.import_module(f"connectors.{room}.simulator").ENDPOINTS:
        yield Simulator(f"simulator-{endpoint}", f"connectors.{room}.simulator", room, (endpoint,))


def _peers() -> Iterator[Simulator]:
    """Every system that meets a partner beside the hub (`PEERS` of a room's `peers`)."""
    for room in ROOMS:
        if importlib.util.find_spec(f"connectors.{room}.peers") is not None:
            for name, module in getattr(importlib.import_module(f"connectors.{room}.peers"), "PEERS", {}).items():
                yield Simulator(f"peer-{name}", module, name)


def _simulator(home: DemoHome, settings: Settings, one: Simulator) -> list[str]:
    place = home.sockets / f"{one.place}.sock"
    command = [sys.executable, "-m", one.module, "--ledger-dir", str(home.effects)]
    command += ["--socket", str(place), "--watch-stdin"]
    command += ["--seed", str(settings.seed), "--residents", str(settings.residents), "--events", str(settings.events)]
    command += ["--day", DAY.isoformat(), *["--full"] * settings.full]
    if one.shares_its_place:
        command += ["--key", str(home.sockets / f"{one.endpoints[0]}.key")]
    return command + [part for name in one.endpoints for part in ("--endpoint", name)]


def _zone(home: DemoHome, zone: str) -> list[str]:
    how = "serve" if _on_engine(home, zone) else "run"
    command = [sys.executable, "-m", "hub", how, "--home", str(home.zone(zone)), "--partners", str(home.sockets)]
    return [*command, "--simulated-clock", format_time(OPENING), "--watch-stdin"]


def _on_engine(home: DemoHome, zone: str) -> bool:
    return read_config(HomePaths(home.zone(zone))).brokered


def _start(command: Sequence[str], home: DemoHome, name: str) -> subprocess.Popen[bytes]:
    log = (home.sockets / f"{name}.log").open("ab")
    with log:
        return subprocess.Popen(  # noqa: S603 - our own modules, with arguments we made
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=_environment()
        )


def _environment() -> dict[str, str]:
    """The same code in every process, from wherever the driver was started."""
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}


def _await_ready(process: subprocess.Popen[bytes], name: str) -> None:
    line = process.stdout.readline() if process.stdout else b""
    if not line.startswith(b"ready"):
        process.kill()
        raise Unavailable(zon.PROCESS_ENDED, name=name, exit=process.wait())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
