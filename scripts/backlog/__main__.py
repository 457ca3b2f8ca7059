"""`python -m scripts.backlog`: what a backlog for one recipient costs the others, on real servers; writes docs/reports/backlog.md.

Not in CI: a million deliveries take their time to be loaded (`--count` for fewer). The zone is measured without the backlog, with
it while its recipient is down, and while that works it off.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from hub.app.evidence import open_archive
from hub.cli.progress import bar
from hub.edges import resources
from scripts.backlog.load import load
from scripts.backlog.measure import measure
from scripts.backlog.page import Setting, page
from scripts.servers import Postgres, RabbitCluster, Root
from tests.engine.conftest import Ward
from tests.engine.served import founded

DOWN, OTHERS = "国民健康保険課", ("zei", "介護保険課")


def main() -> None:
    """Prints the page; `-o` writes it too."""
    parser = argparse.ArgumentParser(prog="python -m scripts.backlog", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="of traffic in each state")
    parser.add_argument("--nodes", type=int, default=1, help="of RabbitMQ")
    parser.add_argument("-o", "--output", type=Path, help="where to write the page")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="backlog-") as place,
        Root() as root,
        RabbitCluster(root, nodes=given.nodes) as rabbit,
        Postgres(root) as postgres,
    ):
        ward = founded(rabbit, postgres, Path(place) / "home", "backlog", resources.routing_file())
        states = [measure(ward, "without", OTHERS, given.seconds, Path(place))]
        looks = [_look(ward)]
        with bar("loading") as passed:
            loaded = load(ward, DOWN, given.count, lambda done: passed(done, given.count))
        states.append(measure(ward, "with, its recipient down", OTHERS, given.seconds, Path(place)))
        looks.append(_look(ward))
        states.append(measure(ward, "with, while it is worked off", OTHERS, given.seconds, Path(place), DOWN))
        with open_archive(ward.paths.root) as archive:
            size = archive.journal.size_on_server() or 0
    command = f"python -m scripts.backlog --count {given.count} --seconds {given.seconds:g} --nodes {given.nodes}"
    today = datetime.now(UTC).date().isoformat()
    told = page(Setting(today, command, DOWN, OTHERS, given.nodes, loaded, size, (looks[0], looks[1])), states)
    sys.stdout.write(told)
    if given.output:
        given.output.write_text(told, "utf-8")


def _look(ward: Ward) -> float:
    """Seconds that `hub status` takes beside a zone at rest."""
    began = time.monotonic()
    command = [sys.executable, "-m", "hub", "status", "--json", "--home", str(ward.paths.root)]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
