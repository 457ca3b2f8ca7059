"""The XSDs of xsd/ as a check: which types exist, whether a payload fits its type, and, if not, why, without its values.

libxml2 judges on the hot path; xmlschema only explains a refusal. Files come in as bytes: nothing here touches disk or network.
Proven by tests/unit/test_schemas.py and tests/conformance/test_schema_engines.py.
"""

from hub.schemas.catalogue import EndRule, HoldRule, PayloadType
from hub.schemas.compiled import Schemas
from hub.schemas.items import items_of

__all__ = ["EndRule", "HoldRule", "PayloadType", "Schemas", "items_of"]
