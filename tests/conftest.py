"""What every test shares: hypothesis without deadlines, since two busy cores are slow without being wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from hub.edges.postgres import Server
from tests.postgres import Postgres, server

# In CI the examples are the same on every run, so that a failure is somebody's change and not luck.
settings.register_profile("house", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests that ask; each makes databases of its own. A test that kills one starts its own."""
    with server() as started:
        yield started


@pytest.fixture(scope="session")
def shared_database(postgres: Postgres) -> Server:
    """One database for the tests of a session that leave it empty."""
    return postgres.database()
