"""The form check of a 副本 before it is taken (形式チェック, L1119), and the newest 版 of each person's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.chukan.allowed import HOUSEHOLD
from connectors.kit.domain import COPY_FORM, STALE_VERSION

_HEAD: Final = "02"  # 続柄: 世帯主


class Copies:
    """By token of the person: which 版 of the day was taken last."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def verdict(self, record: Mapping[str, Any], person: str) -> str:
        """The code with which a 副本 is refused, or "". An older copy never replaces a newer one."""
        copy = record["DuplicateCopyData"]
        if record["SpecificPersonalInformationCode"] != HOUSEHOLD:
            return COPY_FORM
        if (copy["HeadOfHousehold"] == "1") is not (copy["Relationship"] == _HEAD):
            return COPY_FORM
        return STALE_VERSION if int(record["SPIMajorVersion"]) < self._versions.get(person, 0) else ""

    def take(self, person: str, version: int) -> None:
        """A copy that was taken."""
        self._versions[person] = version
