"""All that a connector author imports. A room handles what was believed; the worker does the rest.

A new connector is a package `connectors/<room>` with `connector.py` (`room(setup) -> Room`), a simulator of its partner
(`simulator.py`) and a README; it is done when `connectors.kit.conformance` says so.
"""

from __future__ import annotations

from connectors.kit.acceptance import SignatureCheck
from connectors.kit.compose import Draft, Outgoing, compose
from connectors.kit.feeds import EventFeed, Notice, notices
from connectors.kit.files import File, Received
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.hubport import Clock, Hub, Observer, Receiver
from connectors.kit.identity import Identity, LogTrust, subject_token
from connectors.kit.ids import answer_id, computed_id, derived_id, follow_up_id, new_id
from connectors.kit.languages.frames import FramePartner
from connectors.kit.law import Basis, Law, basis
from connectors.kit.loading import open_room
from connectors.kit.manner import Manner, Pace, Status
from connectors.kit.observing import OBSERVATIONS, Sighting, Sightings, Watch
from connectors.kit.operators import Automaton
from connectors.kit.partner import Effect, Events, Partner, Result
from connectors.kit.payload import items, payload_of, with_item
from connectors.kit.room import Feed, Opened, Outcome, Page, Room, TakesFiles, confirmed, rejected
from connectors.kit.store import EndpointStore
from connectors.kit.worker import Worker

__all__ = [
    "OBSERVATIONS",
    "Automaton",
    "Basis",
    "Clock",
    "Draft",
    "Effect",
    "EndpointStore",
    "EventFeed",
    "Events",
    "Feed",
    "File",
    "Forwarding",
    "FramePartner",
    "Hub",
    "Identity",
    "Law",
    "LogTrust",
    "Manner",
    "Notice",
    "Observer",
    "Opened",
    "Outcome",
    "Outgoing",
    "Pace",
    "Page",
    "Partner",
    "Received",
    "Receiver",
    "Result",
    "Room",
    "Setup",
    "Sighting",
    "Sightings",
    "SignatureCheck",
    "Status",
    "TakesFiles",
    "Watch",
    "Worker",
    "answer_id",
    "basis",
    "compose",
    "computed_id",
    "confirmed",
    "derived_id",
    "follow_up_id",
    "items",
    "new_id",
    "notices",
    "open_room",
    "payload_of",
    "rejected",
    "subject_token",
    "with_item",
]
