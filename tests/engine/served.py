"""A whole zone under `hub serve` on the session's servers: supervisor, workers and dispatcher as processes, journal on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from hub.app.founding import Founding, found
from hub.app.paths import HomePaths
from hub.broker import Names, topology
from scripts.engine import ward as engine
from scripts.servers import Postgres, RabbitCluster
from tests.engine.conftest import CONFIG, PARTITIONS, Ward

# Two endpoints: every queue more is made on three nodes.
ROUTING = """\
format: 1
municipality: "131211"
zones:
  kikan:
    endpoints:
      juki: {name: 住民記録システム, room: juki, party: 住民記録}
      zei: {name: 税務システム, room: zei}
    routes:
      - id: C1
        sender: juki
        recipients: [zei]
        types: [JK-CHG/1]
        provisions: [beppyo/24]
        channel: chonai
        approval: {number: 試験第1号, date: 2026-03-02, approver: 試験担当}
"""


def founded(rabbit: RabbitCluster, postgres: Postgres, root: Path, name: str, routing: str = ROUTING) -> Ward:
    """A home whose hub.yaml names both servers; its database is called after `name`."""
    servers = engine.Ward(rabbit, postgres, workers=2, partitions=PARTITIONS, name=name)
    config = CONFIG.model_copy(update={"engine": servers.section(CONFIG.zone)})
    paths = found(Founding(root, config, routing, datetime.now(UTC) - timedelta(hours=1)))
    servers.meet(CONFIG.zone, paths)
    return Ward(paths, Names(CONFIG.zone), rabbit, topology(CONFIG.zone, ("juki", "zei"), PARTITIONS))


@contextmanager
def serving(paths: HomePaths, environment: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """From when the zone says that it is ready until the block ends; then it is asked to end, and must."""
    command = [sys.executable, "-m", "hub", "serve", "--home", str(paths.root), "--watch-stdin"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready kikan ")
        yield process
        process.terminate()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def members(paths: HomePaths, kind: str) -> list[psutil.Process]:
    """The processes of this kind (`serve-worker`, …) of a home."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):  # it ended while it was looked at
            line = one.cmdline()
            if kind in line and str(paths.root) in line:
                found.append(one)
    return found


def until(true: Callable[[], bool], patience: float = 60.0) -> bool:
    """Whether it became true."""
    end = time.monotonic() + patience
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.1)
    return found
