"""hub.config: hub.yaml is strict, and tells all faults at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hub.codes import cfg, rte
from hub.config import Config, load, render
from hub.errors import Code, Faults

CONFIG = Config(format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan")


def codes(text: str) -> Sequence[Code]:
    with pytest.raises(Faults) as found:
        load(text)
    return [fault.code for fault in found.value.faults]


class TestConfig:
    def test_is_read_back_as_it_was_written(self) -> None:
        """What hub init writes is what every command reads."""
        assert load(render(CONFIG)) == CONFIG

    @pytest.mark.parametrize(
        ("wrong", "expected"),
        [
            ('zone: "Kikan"', [rte.BAD_VALUE]),
            ("extra: 1", [rte.UNKNOWN_KEY]),
            ("erase_after_days: 31", [rte.BAD_VALUE]),
            ('environment: "production"\ndevelopment: true', [cfg.DEVELOPMENT_IN_PRODUCTION]),
            (
                'environment: "production"\ndevelopment: true\nextra: 1\ntenant: 131211',
                [rte.BAD_VALUE, rte.UNKNOWN_KEY, cfg.DEVELOPMENT_IN_PRODUCTION],
            ),
        ],
    )
    def test_faults_are_told_at_once(self, wrong: str, expected: Sequence[Code]) -> None:
        """A wrong form does not hide that a development home is meant for production."""
        names = {line.split(":")[0] for line in wrong.splitlines()}
        kept = [line for line in render(CONFIG).splitlines() if line.split(":")[0] not in names]

        assert codes("\n".join([*kept, wrong])) == expected

    @pytest.mark.parametrize("text", ["", "[]", "1", "a: b: c"])
    def test_what_is_no_mapping_is_a_fault(self, text: str) -> None:
        """An empty or foreign file is refused, not guessed at."""
        assert codes(text)
