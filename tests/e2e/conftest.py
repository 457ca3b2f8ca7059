"""The demos that these tests share: one larger, one small one that is played twice, and a full one. Each is played at most once.

JUKI_HUB_LARGE_DAY and JUKI_HUB_DAY (residents,events,seed) play other days instead of the first two (`make long`).
"""

from __future__ import annotations

import pytest

from tests.e2e.demorun import Day, Run, counts, day_of, demo

LARGE = day_of("JUKI_HUB_LARGE_DAY", Day(120, 150, 7))
SMALL = day_of("JUKI_HUB_DAY", Day(50, 30, 11))
FULL = Day(150, 120, 7)


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A day that was played to its end, told as JSON. Its home is read, never written: copy it to change it."""
    return demo(LARGE, tmp_path_factory.mktemp("demo"), "--json")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small day that was played to its end, told to a person."""
    return demo(SMALL, tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def small_counts(small: Run) -> dict[str, object]:
    """What an undisturbed run of the small day counts."""
    return counts(small.report)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A day with every flow of the document that was played to its end, told as JSON. Its home is read, never written."""
    return demo(FULL, tmp_path_factory.mktemp("full"), "--full", "--json")
