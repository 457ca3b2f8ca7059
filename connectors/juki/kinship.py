"""続柄 when the head of a household changes: what everybody is to the new head, as far as the old codes tell.

The codes are pairs of digits, read as "of the": 2020 is the child's child, 1151 the husband's father.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from connectors.juki.resident import CHILD, FATHER, HEAD, HUSBAND, LODGER, MOTHER, SIBLING, WIFE, Resident, Sex

# (the new head's old relation) -> {(another's old relation): the relation to the new head}
_UNDER: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        WIFE: {CHILD: CHILD, FATHER: HUSBAND + FATHER, MOTHER: HUSBAND + MOTHER},
        HUSBAND: {CHILD: CHILD, FATHER: WIFE + FATHER, MOTHER: WIFE + MOTHER},
        CHILD: {CHILD: SIBLING, WIFE: MOTHER, HUSBAND: FATHER, FATHER: FATHER + FATHER, MOTHER: FATHER + MOTHER},
        MOTHER: {WIFE: CHILD + WIFE, HUSBAND: CHILD + HUSBAND, CHILD: CHILD + CHILD, SIBLING: CHILD},
        FATHER: {WIFE: CHILD + WIFE, HUSBAND: CHILD + HUSBAND, CHILD: CHILD + CHILD, SIBLING: CHILD},
        SIBLING: {SIBLING: SIBLING, FATHER: FATHER, MOTHER: MOTHER},
    }
)
_OLD_HEAD: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        WIFE: (HUSBAND, HUSBAND),
        HUSBAND: (WIFE, WIFE),
        CHILD: (FATHER, MOTHER),
        MOTHER: (CHILD, CHILD),
        FATHER: (CHILD, CHILD),
        SIBLING: (SIBLING, SIBLING),
    }
)


def relation_under(new_head: Resident, member: Resident) -> str:
    """The 続柄 of `member` once `new_head` is the head; 同居人 where the old codes do not tell."""
    if member.atena == new_head.atena:
        return HEAD
    if member.is_head:
        male, female = _OLD_HEAD.get(new_head.relation, (LODGER, LODGER))
        return male if member.sex is Sex.MALE else female
    return _UNDER.get(new_head.relation, {}).get(member.relation, LODGER)


def relation_of_newborn(mother: Resident) -> str:
    """The 続柄 of a child of `mother` to the head of her household."""
    if mother.relation in (HEAD, WIFE, HUSBAND):
        return CHILD
    if mother.relation == CHILD:
        return CHILD + CHILD
    return LODGER
