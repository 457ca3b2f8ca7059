"""`python -m scripts.chaos`: days of the ward on three nodes and PostgreSQL, struck until both numbers are reached.

Fails unless nothing was lost, unexpected, performed twice or out of order, and every log verifies. What is struck and for how
long comes from `--seed`; when it strikes comes from the machine, so a run is not repeated message by message.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from pathlib import Path
from typing import Any

from connectors.demo import plan
from connectors.demo.places import DemoHome, Settings
from connectors.demo.run import play
from hub.errors import Unavailable
from scripts.chaos import network, steps
from scripts.chaos.counting import count
from scripts.chaos.faults import FAULTS, PARTITIONS
from scripts.chaos.page import Day, page
from scripts.chaos.striking import Deck, Strike, Striker
from scripts.chaos.world import World
from scripts.engine.ward import Ward
from scripts.servers import Postgres, RabbitCluster, Root

QUICK = {"net_ticktime": "8"}  # seconds after which a node that is not heard counts as gone
BEGUN_AGAIN = 60  # times a day may be begun again before it is given up


def main() -> int:
    """0 when everything that must hold held, else 1."""
    given = _given()
    if not given.whole:
        network.enter("scripts.chaos")
    dice, days, strikes, failed = random.Random(given.seed), list[Day](), list[Strike](), list[str]()
    deck = Deck([name for name in FAULTS if not (given.whole and name in PARTITIONS)])
    with Root() as root, RabbitCluster(root, nodes=3, settings=QUICK) as cluster, Postgres(root) as postgres:
        while _short(given, days, strikes):
            number = given.seed + len(days)
            ward = Ward(cluster, postgres, workers=given.workers, name=f"chaos{number}")
            world = World((given.home / f"day-{number}").resolve(), cluster, postgres, dice)
            striker = Striker(world, deck, given.most)
            days.append(_day(Settings(given.residents, given.events, number), ward, striker))
            strikes += striker.struck
            failed += striker.failed
            print(
                f"day {number}: {days[-1].counts}, {len(striker.struck)} faults, {days[-1].seconds:.0f} s", flush=True
            )
        forced = cluster.forced
    given.output.write_text(page(_command(given), days, strikes, deck.left, failed, forced), encoding="utf-8")
    sound = all(day.counts.clean and day.verified and not day.differences for day in days)
    return (
        0
        if sound and not any(one.grown for one in strikes) and all(one.verified for one in strikes) and not failed
        else 1
    )


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/chaos"))
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/reports/chaos.md"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=1250)
    parser.add_argument("--events", type=int, default=3300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--messages", type=int, default=50_000, help="attempted, at least")
    parser.add_argument("--faults", type=int, default=40, help="at least")
    parser.add_argument("--most", type=int, default=200, help="faults in one day, at most")
    parser.add_argument("--whole", action="store_true", help="without partitions of the network")
    return parser.parse_args()


def _command(given: argparse.Namespace) -> str:
    numbers = ("seed", "residents", "events", "workers", "messages", "faults", "most")
    chosen = " ".join(f"--{name} {getattr(given, name)}" for name in numbers)
    return f"python -m scripts.chaos {chosen}{' --whole' * given.whole}"


def _short(given: argparse.Namespace, days: list[Day], strikes: list[Strike]) -> bool:
    attempted = sum(day.counts.attempted for day in days)
    return bool(attempted < given.messages or len(strikes) < given.faults)


def _day(settings: Settings, ward: Ward, striker: Striker) -> Day:
    home, over, began = striker.world.home, threading.Event(), time.monotonic()
    DemoHome(home).erase()
    steps.prepare(striker.world.arms)
    os.environ |= {steps.ARMS: str(striker.world.arms), "PYTHONPATH": str(steps.INSIDE)}  # of all that is started now
    waiting = threading.Thread(target=_when_begun, args=(home, striker, over))
    waiting.start()
    try:
        report, resumed = _played(home, settings, ward, striker)
    finally:
        over.set()
        waiting.join()
    return Day(
        settings.seed,
        count(home, ward.postgres, ward.name, report),
        len(report["differences"]),
        all(zone["log"]["verified"] for zone in report["zones"].values()),
        resumed,
        time.monotonic() - began,
    )


def _played(home: Path, settings: Settings, ward: Ward, striker: Striker) -> tuple[dict[str, Any], int]:
    """The day to its end, begun again whenever a partner or a supervisor died under it; how often that was."""
    for resumed in range(BEGUN_AGAIN):
        try:
            return play(home, settings, fresh=not resumed, show=_silent, say=_silent, engine=ward), resumed
        except Unavailable as error:
            print(f"  begun again after {error.code.id}, {len(striker.struck)} faults so far", flush=True)
    raise SystemExit(f"the day was begun {BEGUN_AGAIN} times and did not end")


def _when_begun(home: Path, striker: Striker, over: threading.Event) -> None:
    """Strikes once every attack has its result: one that is sent a second time is told apart, and would be a difference."""
    while not over.wait(0.2):
        results = home / "attacks" / "results.jsonl"
        if results.exists() and len(results.read_bytes().splitlines()) >= _attacks(home):
            striker.run(over)
            return


def _attacks(home: Path) -> int:
    kept_back = (plan.DISBELIEVED, plan.UNRELEASED)
    return sum(1 for line in plan.read(home / "plan.jsonl") if line.attack and line.outcome not in kept_back)


def _silent(*_: object) -> None:
    """Shows nothing."""


if __name__ == "__main__":
    sys.exit(main())
