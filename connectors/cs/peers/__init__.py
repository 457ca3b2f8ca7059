"""The systems behind the CS as processes of their own: the name of each and the module that runs it, in the order of starting.

They may start in any order: who finds nobody asks again. The CS looks for their sockets beside its own; `other-cs` and `term`
come to its second door (`cs-net.sock`) by themselves; `zenkoku` goes on to the 情報提供ネットワークシステム
of another room (`nws.sock`). They should end after the CS, which brings them its last errands.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PEERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "to-sv": "connectors.cs.peers.to_sv",
        "zenkoku": "connectors.cs.peers.zenkoku",
        "card": "connectors.cs.peers.card",
        "other-cs": "connectors.cs.peers.other_cs",
        "term": "connectors.cs.peers.term",
    }
)
