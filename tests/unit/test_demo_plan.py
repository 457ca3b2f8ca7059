"""connectors.demo.plan: what a day holds before anything is played."""

from __future__ import annotations

from collections import Counter

from connectors.demo import plan
from connectors.demo.places import Settings
from connectors.juki import subscriptions
from hub.app import law
from hub.cli import demo


def test_every_department_is_told_something_on_the_day_that_is_played_unasked() -> None:
    """Each department of 別紙2 that 住記 supplies: whoever runs `hub demo` sees all of them at work."""
    provisions = law.load_provisions()
    told = {one.department for one in subscriptions.load(subscriptions.read_own(), provisions)}
    lines = plan.plan_of_day(Settings(demo.RESIDENTS, demo.EVENTS, demo.SEED), provisions)
    counts = Counter(line.recipient for line in lines if line.delivered)

    assert len(told) == 19  # the 18 of 別紙2, and the 税務システム
    assert sorted(name for name in told if not counts[name]) == []
