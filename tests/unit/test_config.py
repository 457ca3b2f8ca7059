"""hub.config: hub.yaml is strict, and tells all faults at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hub.codes import cfg, rte
from hub.config import (
    BrokerNodes,
    Config,
    Engine,
    JournalServer,
    JournalTls,
    load,
    render,
    with_journal,
    with_partitions,
)
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


SOCKET = JournalServer(host="/run/postgresql", database="juki_kikan", user="juki_kikan")
ELSEWHERE = JournalServer(
    host="db.example", port=5433, database="j", user="j", tls=JournalTls(ca="trust/engine-ca.pem")
)
BROKER = BrokerNodes(nodes=["127.0.0.1:5671", "127.0.0.1:5672"], ca="trust/engine-ca.pem")


class TestEngine:
    @pytest.mark.parametrize(
        "engine",
        [Engine(), Engine(journal=SOCKET, broker=BROKER), Engine(journal=ELSEWHERE, workers=4, partitions=16)],
    )
    def test_is_read_back_as_it_was_written(self, engine: Engine) -> None:
        """The section stands in the file as a person would write it."""
        config = CONFIG.model_copy(update={"engine": engine})

        assert load(render(config)) == config

    @pytest.mark.parametrize(
        "wrong",
        [
            "journal: {host: db.example, database: j, user: j}",
            "journal: {host: /run, database: j, user: j, tls: {ca: trust/ca.pem}}",
            "journal: {host: 127.0.0.1, database: j, user: j, tls: {ca: /etc/ca.pem}}",
            "journal: {host: 127.0.0.1, database: j, user: j, tls: {ca: a/../../b}}",
            "journal: {host: 127.0.0.1, database: j, user: j, tls: {ca: a, certificate: b}}",
            "journal: {host: 'a b', database: j, user: j}",
            "journal: {host: /run, database: 'j; drop', user: j}",
            "journal: {host: /run, port: 70000, database: j, user: j}",
            "broker: {nodes: [], ca: a}",
            "broker: {nodes: [host], ca: a}",
            "workers: 0",
            "workers: 65",
            "window: '200'",
        ],
    )
    def test_faults_name_their_place(self, wrong: str) -> None:
        """What would leave the machine in clear, point out of the home or has another form is refused where it stands."""
        with pytest.raises(Faults) as found:
            load(f"{render(CONFIG)}engine:\n  {wrong}\n")

        assert [fault.code for fault in found.value.faults] == [rte.BAD_VALUE]
        assert str(found.value.faults[0].facts["path"]).startswith(f"engine.{wrong.partition(':')[0]}")

    def test_a_password_has_no_place_in_it(self) -> None:
        """Nobody is invited to write one down here."""
        with pytest.raises(Faults) as found:
            load(f"{render(CONFIG)}engine:\n  journal: {{host: /run, database: j, user: j, password: x}}\n")

        assert [fault.code for fault in found.value.faults] == [rte.UNKNOWN_KEY]

    @pytest.mark.parametrize("engine", [None, Engine(workers=3, broker=BROKER)])
    def test_the_journal_is_switched_alone(self, engine: Engine | None) -> None:
        """The rest stays as it was, an operator's comments too where the section is new."""
        config = CONFIG.model_copy(update={"engine": engine})
        text = with_journal(render(config) + "# ours", config, SOCKET)
        wanted = (engine or Engine()).model_copy(update={"journal": SOCKET})

        assert load(text) == config.model_copy(update={"engine": wanted})
        assert ("# ours" in text) is (engine is None)

    def test_the_journal_is_switched_in_a_file_of_one_line(self) -> None:
        """A style that takes no further lines is written anew."""
        text = '{format: 1, tenant: "131211", environment: test, zone: kikan, origin: juki-hub/131211/kikan}'

        assert load(with_journal(text, CONFIG, SOCKET)).engine == Engine(journal=SOCKET)

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("{}engine:  # ours\n  workers: 3\n  partitions: 8   # before\n  window: 9\n", "# before"),
            ("{}engine:  # ours\n    workers: 3\n    window: 9\n", "# ours"),
            ("{}engine: {{workers: 3, partitions: 8, window: 9}}  # ours\n", "# ours"),
            ("{}engine: {{workers: 3, window: 9}}  # ours\n", ""),
        ],
    )
    def test_the_partitions_are_switched_alone(self, text: str, kept: str) -> None:
        """The rest stays as it was, and an operator's comments wherever a line can be changed or put between."""
        config = CONFIG.model_copy(update={"engine": Engine(workers=3, window=9)})
        before = text.format(render(CONFIG))
        after = with_partitions(before, config, 16)

        assert load(before) == config
        assert load(after).engine == Engine(workers=3, window=9, partitions=16)
        assert kept in after
