"""Systems behind the 中間サーバー that are no endpoints of the hub, each a process: `python -m connectors.chukan.peers.<name>`."""

from typing import Final

#: Name -> module; the name is also that of its socket.
PEERS: Final = {"nws": "connectors.chukan.peers.nws", "shoukai": "connectors.chukan.peers.shoukai"}
