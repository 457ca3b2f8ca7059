"""The broker's topology as data (docs/spec/broker.md): what a zone needs there, derived from its routes, and how it differs."""

from hub.broker.difference import Change, difference
from hub.broker.drift import Drift, drift
from hub.broker.names import Names
from hub.broker.topology import Topology, topology

__all__ = ["Change", "Drift", "Names", "Topology", "difference", "drift", "topology"]
