"""`python -m scripts.engine.demo`: the day in the ward on real servers, with 1, 2 and 4 workers; each must count what the embedded one counts.

Afterwards what RabbitMQ and PostgreSQL wrote to disk is searched for every resident (name, address, numbers): none may be found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.demo.places import Settings
from connectors.demo.run import play
from scripts.engine.ward import Ward
from scripts.servers import Postgres, RabbitCluster, Root
from tests.e2e import personal
from tests.e2e.demorun import Day

COUNTS = ("sent", "accepted", "refused", "duplicates", "forwarded", "terminal", "delivered", "acknowledged", "rejected")


def main() -> int:
    """0 when every run agrees with itself and with the embedded one, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/engine-demo"))
    parser.add_argument("--residents", type=int, default=300)
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--nodes", type=int, default=3)
    given = parser.parse_args()
    settings = Settings(given.residents, given.events, given.seed)
    embedded = _played(given.home / "embedded", settings, None)
    agree = _agrees("embedded", embedded, embedded)
    for workers in given.workers:
        with Root() as root, RabbitCluster(root, nodes=given.nodes) as cluster, Postgres(root) as postgres:
            found = _played(given.home / f"workers-{workers}", settings, Ward(cluster, postgres, workers))
            agree &= _agrees(f"{workers} workers", found, embedded)
            agree &= _clean(settings, cluster, postgres)
    return 0 if agree else 1


def _played(home: Path, settings: Settings, engine: Ward | None) -> Mapping[str, Any]:
    began = time.monotonic()
    report = play(home, settings, fresh=True, show=lambda *_: None, say=lambda _: None, engine=engine)
    print(f"  {home.name}: {time.monotonic() - began:.0f} s")
    return report


def _agrees(name: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    verified = all(zone["log"]["verified"] for zone in found["zones"].values())
    same = all(found[count] == wanted[count] for count in COUNTS) and found["flows"] == wanted["flows"]
    print(f"{name}: " + ", ".join(f"{count} {found[count]}" for count in COUNTS))
    print(f"  same counts as embedded: {same}; logs verified: {verified}; differences: {len(found['differences'])}")
    for difference in found["differences"][:10]:
        print(f"    {difference}")
    return same and verified and not found["differences"]


def _clean(settings: Settings, cluster: RabbitCluster, postgres: Postgres) -> bool:
    """Nobody's name, address or number in what the servers have written, their logs and write-ahead files included."""
    search = personal.search(Day(settings.residents, settings.events, settings.seed))
    places = [*cluster.data, *cluster.logs, postgres.data]
    size = sum(file.stat().st_size for place in places for file in place.rglob("*") if file.is_file())
    found = {f"{place.name}/{name}": count for place in places for name, count in search.leaks(place).items()}
    print(f"  {len(search):,} patterns searched in {size / 1e6:.0f} MB of the servers' disks: {found or 'none found'}")
    return not found


if __name__ == "__main__":
    sys.exit(main())
