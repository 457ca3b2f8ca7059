"""A connector meets the same hub over the broker as in memory and in one process (tests/conformance/test_hub_port.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.kit.brokerhub import BrokerHub
from hub.observe import silent
from tests.engine.conftest import Ward
from tests.engine.parties import NoDeliveries, identity, place
from tests.engine.test_carrying import engine_of
from tests.hubport import HubAtWork, HubPortConformance
from tests.letters import planned
from tests.sending import drafting


@pytest.fixture(scope="module")
def at_work(ward: Ward) -> Iterator[HubAtWork]:
    """Two workers and the sender's line to them."""
    with engine_of(ward, 2):
        juki = identity(ward, "juki")
        hub = BrokerHub(juki, place(ward, "juki"), silent).start(NoDeliveries())
        yield HubAtWork(hub, juki, drafting(planned("zei")))
        hub.close()


class TestBrokered(HubPortConformance):
    """Over the real broker."""
