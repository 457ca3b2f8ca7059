"""足立区CS: takes 本人確認情報, 送付先情報 and 転入通知 from 住記 and nobody else, and sends 転出証明書情報 to it.

送付先情報 is handed on as the very bytes that 住記 signed (S18): the partner gets the signed envelope and its digest.
"""

from __future__ import annotations

from connectors.kit.feeds import EventFeed, notices
from connectors.kit.forwarding import Forwarding, Setup
from connectors.kit.room import Room

TYPES = ("HK-UPD", "SF-SEND", "TN-NOTE")
FEED = "certificates"


def room(setup: Setup) -> Room:
    """The room of endpoint cs."""
    return Forwarding(setup, TYPES, (EventFeed(FEED, setup.identity.endpoint, setup.partner, notices(setup)),))
