"""What XSD cannot say about a payload, as pure functions over its element: numbers, characters, 外字, lengths, dates.

Every check runs on a payload that fits its schema, and every refusal names a place and a rule, never a value. Whether the data
agree with what the recipient already holds (転入 of an existing resident …) is the recipient's to say, not the hub's.
Proven by tests/unit/test_domainchecks.py.
"""

from hub.domainchecks.characters import character_count, gaiji_count
from hub.domainchecks.check import check
from hub.domainchecks.dates import check_expiry, erase_day

__all__ = ["character_count", "check", "check_expiry", "erase_day", "gaiji_count"]
