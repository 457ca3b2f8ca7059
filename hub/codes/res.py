"""HUB-RES: what the distribution itself carries (hub/edges/resources.py)."""

from hub.errors import Code

MISSING = Code(
    "HUB-RES-001",
    "製品に含まれるべき資源がありません: {part}",
    "The distribution lacks a part of itself: {part}.",
    "インストールが壊れています。配布物の検証値を確かめ、入れ直してください。",
    "The installation is damaged: check the wheel's digest and install it again.",
)
