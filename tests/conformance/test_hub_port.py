"""The hub in memory and the hub of one process keep what `hubport.Hub` promises; the one over the broker: tests/engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.app import endpoints
from hub.app.founding import Founding, found
from hub.app.serving import ConnectorHub
from hub.config import Config
from hub.edges import resources
from tests import fakehub
from tests.hubport import HubAtWork, HubPortConformance
from tests.letters import planned
from tests.owning import owner
from tests.sending import drafting, sender_of

PAYLOAD = '<x xmlns="urn:juki-hub:conbini:1"><氏名>見本 太郎</氏名></x>'.encode()
CONFIG = Config(
    format=1, tenant="131211", environment="test", zone="kikan", origin="juki-hub/131211/kikan", development=True
)


class TestMemory(HubPortConformance):
    @pytest.fixture
    def at_work(self) -> HubAtWork:
        sender = fakehub.identity("juki")
        return HubAtWork(
            fakehub.memory_hub("juki", "conbini"),
            sender,
            lambda: fakehub.draft(sender, "conbini", PAYLOAD, endpoints.fresh_subject()),
        )


class TestEmbedded(HubPortConformance):
    @pytest.fixture
    def at_work(self, tmp_path: Path) -> Iterator[HubAtWork]:
        begun = datetime.now(UTC) - timedelta(hours=1)
        paths = found(Founding(tmp_path / "home", CONFIG, resources.routing_file(), begun))
        with owner(paths.root) as serving:
            yield HubAtWork(
                ConnectorHub(serving.home, serving.core), sender_of(paths, CONFIG, "juki"), drafting(planned("zei"))
            )
