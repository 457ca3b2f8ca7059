"""The ward's day: law is decided and bodies are erased by the Japanese calendar, while times are stored in UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

JST = timezone(timedelta(hours=9), "JST")


def jst_day(moment: datetime) -> date:
    """The day in Japan of an aware time. Japan has no summer time, so a fixed offset is exact."""
    return moment.astimezone(JST).date()
