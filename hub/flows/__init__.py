"""Every flow of the document as data: what it is, who takes part, by which law, and what of it the hub carries."""

from hub.flows.catalogue import Flow, FlowKind, Flows, Observers, Step, load

__all__ = ["Flow", "FlowKind", "Flows", "Observers", "Step", "load"]
