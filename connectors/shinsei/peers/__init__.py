"""Systems behind 申請管理 that are no endpoints of the hub: the name of each process and the module that runs it.

They are started on a full day. Each listens as <name>.sock beside our own socket; which is started first does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ESHIN: Final = "eshin"
PEERS: Final[Mapping[str, str]] = MappingProxyType({ESHIN: "connectors.shinsei.peers.eshin"})
