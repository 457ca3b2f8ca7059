"""`python -m scripts.engine.demo`: the day in the ward on real servers, with 1, 2 and 4 workers; each must count what the embedded one counts.

Afterwards what RabbitMQ and PostgreSQL wrote to disk is searched for every resident (name, address, numbers): none may be found.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.demo.places import Settings
from connectors.demo.run import play
from scripts.engine.ward import Ward
from scripts.servers import Postgres, RabbitCluster, Root
from tests.e2e import personal
from tests.e2e.demorun import Day

COUNTS = ("sent", "accepted", "refused", "duplicates", "forwarded", "terminal", "delivered", "acknowledged", "rejected")


@dataclass(frozen=True, slots=True)
class Run:
    """One day as it was played. `disk` is what the search of the servers' disks came to; "" for the embedded day, which has none."""

    name: str
    seconds: float
    report: Mapping[str, Any]
    disk: str = ""
    found: int = 0

    @property
    def verified(self) -> bool:
        return all(zone["log"]["verified"] for zone in self.report["zones"].values())

    def count(self, name: str) -> int:
        """How many; those that the report tells code by code, together."""
        value = self.report[name]
        return sum(value.values()) if isinstance(value, Mapping) else int(value)

    def agrees(self, wanted: Run) -> bool:
        """The same counts, flow by flow, no difference of its own, logs verified, nobody found on a disk."""
        same = all(self.report[count] == wanted.report[count] for count in COUNTS)
        same = same and self.report["flows"] == wanted.report["flows"]
        return same and self.verified and not self.report["differences"] and not self.found


def main() -> int:
    """0 when every run agrees with itself and with the embedded one, else 1."""
    given = _given()
    settings = Settings(given.residents, given.events, given.seed)
    embedded = _played(given.home, "embedded", settings, None)
    _say(embedded, embedded)
    runs = [embedded]
    for workers in given.workers:
        with Root() as root, RabbitCluster(root, nodes=given.nodes) as cluster, Postgres(root) as postgres:
            name = f"{workers} worker{'s' * (workers > 1)}"
            run = _played(given.home, name, settings, Ward(cluster, postgres, workers))
            disk, found = _searched(settings, cluster, postgres)
        runs.append(replace(run, disk=disk, found=found))
        _say(runs[-1], embedded)
    if given.output:
        given.output.write_text("\n".join(_page(given, runs)) + "\n", encoding="utf-8")
    return 0 if all(run.agrees(embedded) for run in runs) else 1


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/engine-demo"))
    parser.add_argument("--residents", type=int, default=300)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path, help="write the page there, too")
    return parser.parse_args()


def _played(home: Path, name: str, settings: Settings, engine: Ward | None) -> Run:
    began = time.monotonic()
    report = play(
        home / name.replace(" ", "-"), settings, fresh=True, show=lambda *_: None, say=lambda _: None, engine=engine
    )
    return Run(name, time.monotonic() - began, report)


def _say(run: Run, embedded: Run) -> None:
    print(f"{run.name}, {run.seconds:.0f} s: " + ", ".join(f"{count} {run.count(count)}" for count in COUNTS))
    differences = run.report["differences"]
    print(f"  agrees: {run.agrees(embedded)}; logs verified: {run.verified}; differences: {len(differences)}")
    for difference in differences[:10]:
        print(f"    {difference}")
    if run.disk:
        print(f"  {run.disk}")
    sys.stdout.flush()


def _page(given: argparse.Namespace, runs: Sequence[Run]) -> Iterator[str]:
    command = (
        f"python -m scripts.engine.demo --residents {given.residents} --events {given.events} --seed {given.seed}"
        f" --workers {' '.join(map(str, given.workers))} --nodes {given.nodes}"
    )
    yield "# The day in the ward on RabbitMQ and PostgreSQL"
    yield ""
    yield f"Written by `{command}`, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, Linux {platform.release()}, {os.cpu_count()} cores."
    yield ""
    yield f"| | {' | '.join(run.name for run in runs)} |"
    yield f"|---|{'---:|' * len(runs)}"
    for count in COUNTS:
        yield f"| {count} | {' | '.join(format(run.count(count), ',') for run in runs)} |"
    yield f"| differences from the plan | {' | '.join(str(len(run.report['differences'])) for run in runs)} |"
    yield f"| logs verified | {' | '.join('yes' if run.verified else '**no**' for run in runs)} |"
    yield f"| same counts as embedded, flow by flow | {' | '.join('yes' if run.agrees(runs[0]) else '**no**' for run in runs)} |"
    yield f"| seconds, homes and servers' topology included | {' | '.join(f'{run.seconds:.0f}' for run in runs)} |"
    yield ""
    yield from (f"- {run.name}: {run.disk}" for run in runs if run.disk)


def _searched(settings: Settings, cluster: RabbitCluster, postgres: Postgres) -> tuple[str, int]:
    """Everybody's name, address and number in what the servers have written, logs and write-ahead files included; how many were found."""
    search = personal.search(Day(settings.residents, settings.events, settings.seed))
    places = [*cluster.data, *cluster.logs, postgres.data]
    size = sum(file.stat().st_size for place in places for file in place.rglob("*") if file.is_file())
    found = {f"{place.name}/{name}": count for place in places for name, count in search.leaks(place).items()}
    said = f"{len(search):,} patterns searched in {size / 1e6:.0f} MB of the servers' disks: {found or 'none found'}"
    return said, len(found)


if __name__ == "__main__":
    sys.exit(main())
