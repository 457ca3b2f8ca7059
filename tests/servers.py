"""The real servers of a test session: each is started by the first test that asks for it, once, and is gone afterwards.

A missing server is an error, never a skip. A test shares them with all others: it makes vhosts, users and databases of its
own, and where it stops or pauses a server it calls `heal()` in the end.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts.servers import RabbitCluster, Root
from tests.postgres import Postgres
from tests.postgres import server as postgres_server


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitCluster]:
    """Three nodes of RabbitMQ: client certificates, management interface plain on loopback."""
    with Root() as root, RabbitCluster(root, nodes=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL 15, empty."""
    with postgres_server() as server:
        yield server
