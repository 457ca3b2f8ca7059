"""Systems that the certificate server meets beside the hub: the name of each process and the module that runs it.

They are started on a full day, in any order: who finds nobody asks again. They look for the server beside their own --socket, and
should end after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PEERS: Final[Mapping[str, str]] = MappingProxyType({"j-center": "connectors.conbini.peers.j_center"})
