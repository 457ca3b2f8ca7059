"""`hub demo`: prepares the homes and the plan, plays the day, reckons, and reports. A killed run goes on where it stopped.

Preparation is one step: until `demo.json` is written nothing counts, and a killed preparation starts over.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from connectors.demo import beside, observed, persons, plan, tally
from connectors.demo.attacks import Attack, Attacker
from connectors.demo.disbelief import disbelieved, verdicts
from connectors.demo.driver import Driver, Progress, read_results
from connectors.demo.places import DAY, OPENING, ZONES, DemoHome, Settings
from connectors.demo.processes import running
from connectors.demo.rules import operators_file
from connectors.kit.identity import Identity, LogTrust
from connectors.kit.sealing import Sealer
from hub.app import founding, law
from hub.app.evidence import open_archive
from hub.app.founding import Founding
from hub.app.paths import HomePaths
from hub.app.reading import read_file, read_text
from hub.codes import cfg
from hub.config import Config, Engine
from hub.edges import pki, resources
from hub.edges.clock import SystemClock
from hub.edges.pki import Validity
from hub.envelope import format_time
from hub.errors import Misconfigured
from hub.flows import load as load_flows
from hub.messages import Submission

TENANT = "131211"
Report = dict[str, Any]


class Servers(Protocol):
    """Servers for the zones of a demo."""

    def section(self, zone: str) -> Engine:
        """What hub.yaml says of them; the database is there, and empty."""

    def meet(self, zone: str, paths: HomePaths) -> None:
        """The home stands: its keys for the broker are made, and the broker's topology."""


def play(
    root: Path,
    settings: Settings,
    *,
    fresh: bool,
    show: Progress,
    say: Callable[[str], None],
    engine: Servers | None = None,
) -> Report:
    """The whole demo; returns the report, which is also kept in `report.json`. `engine` puts the zones on real servers.

    Raises `Misconfigured` HUB-CFG-008 for a finished home, -009 for one begun with other settings, and -011 for a place
    that holds anything but a demo.
    """
    started = time.monotonic()
    home = DemoHome(root)
    if fresh:
        home.erase()
    if home.report.exists():
        home.clear()  # whoever finished it may have been killed before that
        raise Misconfigured(cfg.FINISHED, path=str(root))
    begun = home.begun()
    if begun is None:
        say("prepare")
        _prepare(home, settings, engine)
    elif begun != settings:
        _differs(begun, settings)
    lines = plan.read(home.plan)
    attacks = _read_attacks(home, lines)
    say("play")
    with running(home, settings, _departments(home)) as processes:
        driver = Driver(home, processes, sum(1 for line in lines if line.delivered), show)
        driver.send(attacks)
        driver.wait()
    say("reckon")
    report = _reckon(home, settings, lines, attacks)
    report["ended_at"] = format_time(SystemClock().now())
    report["elapsed_s"] = round(time.monotonic() - started, 1)
    home.finish(json.dumps(report, ensure_ascii=False, indent=1))
    return report


def _differs(begun: Settings, wanted: Settings) -> None:
    for name, found in asdict(begun).items():
        if found != asdict(wanted)[name]:
            raise Misconfigured(cfg.OTHER_DEMO, name=name, found=found, wanted=asdict(wanted)[name])


# --- preparation ------------------------------------------------------------------------------------------------------


def _prepare(home: DemoHome, settings: Settings, engine: Servers | None) -> None:
    home.erase()  # an unfinished preparation: nothing was sent
    for folder in (home.root, home.root / "zones", home.effects, home.attacks, home.sockets):
        folder.mkdir(parents=True, mode=0o700)
    for zone in ZONES:
        config = Config(
            format=1,
            tenant=TENANT,
            environment="demo",
            zone=zone,
            origin=f"juki-hub/{TENANT}/{zone}",
            development=True,
            engine=None if engine is None else engine.section(zone),
        )
        wanted = Founding(home.zone(zone), config, resources.routing_file(), OPENING, operators_file(zone))
        paths = founding.found(wanted)
        if engine is not None:
            engine.meet(zone, paths)
        if settings.full:
            persons.prepare(home.zone(zone), persons.CONFIRMED if zone == "kikan" else ())
    provisions = law.load_provisions()
    attacks = tuple(Attacker(settings, provisions, _identities(home), _stranger(home)).attacks())
    _write_attacks(home, attacks)
    lines = [*plan.plan_of_day(settings, provisions), *(attack.line for attack in attacks), *disbelieved(attacks)]
    lines += persons.unreleased(attacks) if settings.full else ()
    plan.write(home.plan, lines)
    if settings.full:
        beside.write_steps(home.steps, settings)
    home.begin(settings)


def _identities(home: DemoHome) -> dict[tuple[str, str], Identity]:
    return {
        (zone, own.parent.name): _identity(home, zone, own.parent.name)
        for zone in ZONES
        for own in sorted((home.zone(zone) / "endpoints").glob("*/key.pem"))
    }


def _identity(home: DemoHome, zone: str, endpoint: str) -> Identity:
    paths = HomePaths(home.zone(zone))
    own = paths.endpoint(endpoint)
    pair = pki.read_identity(own.key, own.certificate)
    trust = LogTrust(
        f"juki-hub/{TENANT}/{zone}",
        read_text(paths.root_verifier, cfg.MISSING_FILE).strip(),
        read_text(paths.key_list, cfg.MISSING_FILE),
    )
    keys = read_file(own.subject_key), read_file(own.store_key)
    return Identity(endpoint, zone, TENANT, "demo", pair.certificate, pair.key, *keys, trust)


def _stranger(home: DemoHome) -> Identity:
    """Somebody who made a CA of the same name as ours, and a certificate for `juki` under it."""
    genuine = _identity(home, "kikan", "juki")
    validity = Validity(genuine.certificate.not_valid_before_utc, genuine.certificate.not_valid_after_utc)
    authority = pki.make_ca("juki-hub kikan CA", validity, development=True)
    forged = pki.make_endpoint(authority, (TENANT, "kikan", "juki"), validity, development=True)
    return Identity(
        "juki",
        "kikan",
        TENANT,
        "demo",
        forged.certificate,
        forged.key,
        genuine.subject_key,
        genuine.store_key,
        genuine.log,
    )


# --- the attacks on disk: sealed, for they look like personal data ------------------------------------------------------


def _write_attacks(home: DemoHome, attacks: tuple[Attack, ...]) -> None:
    key = secrets.token_bytes(32)
    (home.attacks / "key").write_bytes(key)
    sealer = Sealer(key, "demo")
    for attack in attacks:
        name = attack.line.attack
        for part, data in (("xml", attack.submission.raw), ("operator", attack.submission.operator)):
            (home.attacks / f"{name}.{part}.sealed").write_bytes(sealer.seal(f"{name}.{part}", data))


def _read_attacks(home: DemoHome, lines: tuple[plan.Line, ...]) -> tuple[Attack, ...]:
    sealer = Sealer(read_file(home.attacks / "key"), "demo")

    def part(name: str, part: str) -> bytes:
        return sealer.open(f"{name}.{part}", read_file(home.attacks / f"{name}.{part}.sealed"))

    return tuple(
        Attack(line, Submission(part(line.attack, "xml"), part(line.attack, "operator"), "local:socket"))
        for line in lines
        if line.attack and line.outcome not in (plan.DISBELIEVED, plan.UNRELEASED)
    )


# --- reckoning --------------------------------------------------------------------------------------------------------


def _reckon(home: DemoHome, settings: Settings, lines: tuple[plan.Line, ...], attacks: tuple[Attack, ...]) -> Report:
    leaves: dict[str, list[bytes]] = {}
    deliveries: dict[str, Mapping[str, Mapping[str, int]]] = {}
    zones: dict[str, Any] = {}
    for zone in ZONES:
        with open_archive(home.zone(zone)) as archive:
            report = archive.verify(())
            with archive.journal.snapshot() as log:
                leaves[zone] = [row.leaf for row in log.entries()]
            deliveries[zone] = archive.journal.tally()
        bad = report.first_bad_index
        zones[zone] = {"log": {"size": report.size, "root": report.root.hex(), "verified": report.ok, "bad": bad}}
    results = read_results(home)
    ledgers = tally.read_ledgers(home.effects)
    read = tally.read_leaves(leaves)
    made = tally.reckon(lines, read, ledgers, results, deliveries)
    disbelief = _disbelieve(home, lines, attacks, results, made)
    for zone, one in zones.items():
        made.differ(f"log of {zone} verified", True, one["log"]["verified"])
    flows: dict[str, Any] = {flow: dict(counts) for flow, counts in made.flows.items()}
    if settings.full:
        every = load_flows(resources.flows_file())
        beside.letters(read, ledgers, made)
        flows |= beside.reckon(every, ledgers, _groups(home), home.steps, tally.conversations(read), made)
        flows["S23"] |= beside.reconciled(ledgers, made)
        for flow, count in observed.compare(every, read, ledgers, made).items():
            flows[flow]["logged"] = count
    return {
        **asdict(settings),
        "day": DAY.isoformat(),
        **made.counts,
        "disbelieved": disbelief,
        "flows": flows,
        "zones": zones,
        "differences": made.differences,
    }


def _disbelieve(
    home: DemoHome,
    lines: tuple[plan.Line, ...],
    attacks: tuple[Attack, ...],
    results: Mapping[str, Mapping[str, Any]],
    made: tally.Reckoning,
) -> dict[str, str]:
    """By attack the code under which the recipient refused the delivery: of the plan, and nothing else."""
    found = verdicts(_identity(home, "kikan", "zei"), attacks, results)
    for line in lines:
        if line.outcome == plan.DISBELIEVED:
            made.differ(f"attack {line.attack}", line.code, found.get(line.attack))
    planned = {line.attack for line in lines if line.outcome == plan.DISBELIEVED}
    made.differ("attacks on a recipient", sorted(planned), sorted(found))
    return dict(sorted(found.items()))


def _departments(home: DemoHome) -> list[str]:
    return [code for code, room in _rooms(home).items() if room == "departments"]


def _groups(home: DemoHome) -> Mapping[str, frozenset[str]]:
    """Names of flows.yaml that stand for several endpoints; 税務 is a system too where nothing else is said of it (L101)."""
    systems = frozenset(code for code, room in _rooms(home).items() if room == "systems")
    return {"departments": frozenset(_departments(home)), "systems": systems | {"zei"}}


def _rooms(home: DemoHome) -> Mapping[str, str]:
    """The endpoints of kikan and the rooms that serve them."""
    config = Config(
        format=1, tenant=TENANT, environment="demo", zone="kikan", origin=f"juki-hub/{TENANT}/kikan", development=True
    )
    text = read_text(HomePaths(home.zone("kikan")).routing, cfg.MISSING_FILE)
    routes = law.zone_routes(text, "routing.yaml", config, law.load_provisions())
    return {one.code: one.room for one in routes.endpoints.values()}
