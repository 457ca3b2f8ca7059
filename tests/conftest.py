"""What every test shares: hypothesis without deadlines, since two busy cores are slow without being wrong.

Tests run in several processes (pytest-xdist, `--dist loadscope` with the scheduler below): a file stays together, and so does a folder whose tests
share what is dear to make: the demos that are played once, and the servers that are started once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest
import typer.testing
from hypothesis import settings
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from hub.edges import inside
from hub.edges.postgres import Server
from tests.postgres import Postgres
from tests.servers import postgres, rabbit

__all__ = ["postgres", "rabbit"]  # fixtures

# In CI the examples are the same on every run, so that a failure is somebody's change and not luck.
settings.register_profile("house", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")

# Not in CI, whose twenty minutes they would overrun; `make engine-test` runs them, and they are for every change of the engine.
_LONG = [f"engine/test_{name}.py" for name in ("attachments", "backpressure", "hub_port", "poison", "sharing")]
# `make bench` alone: its naive pipeline leaves messages in clear on the servers' disks, which other tests search.
_CLEAR = ["engine/test_bench_engine.py"]
collect_ignore = [
    *([] if os.environ.get("JUKI_HUB_BENCH") else _CLEAR),
    *([] if os.environ.get("JUKI_HUB_ENGINE") else _LONG),
]

_TOGETHER = frozenset({"e2e", "engine"})


class Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """A file to a process, and a whole folder of `_TOGETHER`."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.removeprefix("tests/").partition("/")[0]
        return folder if folder in _TOGETHER else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """For `--dist loadscope`. Marks would not do: `loadgroup` writes them into `Item._nodeid`, which this pytest does not read."""
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _not_for_life() -> Iterator[None]:
    """Commands that are tried in this process do not bind it: the hook of `inside.keep` would stop every test after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inside, "keep", lambda *_: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once() -> Iterator[None]:
    """Of eighty commands it takes longer than to run one, and a test runs many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def shared_database(postgres: Postgres) -> Server:
    """One database for the tests of a session that leave it empty."""
    return postgres.database()
