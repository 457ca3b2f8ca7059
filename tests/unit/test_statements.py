"""hub.statements: approvals bind keys, and two keys must be two different persons (design promise 12)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.codes import per
from hub.errors import Refused
from hub.statements import Act, Approval, Person, Role, Statement, check, fingerprint, require_two

STATEMENT = Statement(
    Act.CONFIRM, "row:kou2/128", "0" * 64, "官報で確認", "juki-hub/131211/kikan", "2026-04-01T00:00:00.000Z"
)


def private(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def person(name: str, seed: int, role: Role = Role.APPROVER) -> Person:
    return Person(name, role, private(seed).public_key().public_bytes_raw())


def register(*persons: Person) -> Mapping[str, Person]:
    return {one.key: one for one in persons}


ONE, TWO = person("承認　一", 1), person("承認　二", 2)
BOTH = register(ONE, TWO)


class TestStatement:
    def test_is_signed_as_the_specification_says(self) -> None:
        """Ed25519 over a fixed prefix and canonical JSON (exchange-log.md section 3), checked by hand."""
        members = {field.name: getattr(STATEMENT, field.name) for field in fields(STATEMENT)}
        text = json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        approval = STATEMENT.signed(private(1))

        key = Ed25519PublicKey.from_public_bytes(ONE.public)
        key.verify(approval.signature, b"juki-hub/statement@v1\n" + text)  # raises when it does not hold

        assert STATEMENT.id == hashlib.sha256(text).hexdigest()
        assert approval.key == hashlib.sha256(ONE.public).hexdigest() == fingerprint(ONE.public)

    @pytest.mark.parametrize("name", [field.name for field in fields(Statement)])
    def test_signature_speaks_of_every_member(self, name: str) -> None:
        """A statement in which anything is changed was approved by nobody."""
        changed = replace(STATEMENT, **{name: Act.RELEASE if name == "act" else getattr(STATEMENT, name) + "x"})

        with pytest.raises(Refused) as refusal:
            check(changed, STATEMENT.signed(private(1)), BOTH)

        assert refusal.value.code is per.FORGED
        assert changed.id != STATEMENT.id


class TestCheck:
    def test_gives_the_person_behind_the_key(self) -> None:
        """An approver who signed with a registered key."""
        assert check(STATEMENT, STATEMENT.signed(private(2)), BOTH) == TWO

    def test_unknown_key_is_refused(self) -> None:
        """A good signature of a stranger is nobody's."""
        with pytest.raises(Refused) as refusal:
            check(STATEMENT, STATEMENT.signed(private(3)), BOTH)

        assert refusal.value.code is per.UNKNOWN_KEY

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
    def test_only_approvers_approve(self, role: Role) -> None:
        """Who watches or audits may not."""
        with pytest.raises(Refused) as refusal:
            check(STATEMENT, STATEMENT.signed(private(1)), register(person("運用　一", 1, role)))

        assert refusal.value.code is per.WRONG_ROLE

    @pytest.mark.parametrize("act", [act for act in Act if act is not Act.MEDIUM])
    def test_who_attends_outputs_does_nothing_else(self, act: Act) -> None:
        """S26: the role of output is apart from those that administer, approve and audit; and none of them attends."""
        said = replace(STATEMENT, act=act)
        with pytest.raises(Refused) as refusal:
            check(said, said.signed(private(1)), register(person("書出し　一", 1, Role.EXPORTER)))

        assert refusal.value.code is per.WRONG_ROLE

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.EXPORTER])
    def test_nobody_else_attends_outputs(self, role: Role) -> None:
        """S26."""
        said = replace(STATEMENT, act=Act.MEDIUM)
        with pytest.raises(Refused) as refusal:
            check(said, said.signed(private(1)), register(person("人　一", 1, role)))

        assert refusal.value.code is per.WRONG_ROLE

    def test_signature_under_another_persons_name_is_forged(self) -> None:
        """A key says who approves; the signature must be its own."""
        stolen = Approval(TWO.key, STATEMENT.signed(private(1)).signature)

        with pytest.raises(Refused) as refusal:
            check(STATEMENT, stolen, BOTH)

        assert refusal.value.code is per.FORGED


class TestRequireTwo:
    def test_two_persons_are_enough(self) -> None:
        """In any order, their keys come back sorted."""
        approvals = [STATEMENT.signed(private(seed)) for seed in (2, 1)]

        assert require_two(STATEMENT, approvals, BOTH) == tuple(sorted((ONE.key, TWO.key)))

    @pytest.mark.parametrize("seeds", [(), (1,), (1, 1)])
    def test_fewer_are_not(self, seeds: tuple[int, ...]) -> None:
        """Nobody counts twice."""
        with pytest.raises(Refused) as refusal:
            require_two(STATEMENT, [STATEMENT.signed(private(seed)) for seed in seeds], BOTH)

        assert refusal.value.code is per.TWO_PERSONS

    def test_two_keys_of_one_person_are_one_person(self) -> None:
        """A second key does not make a second person."""
        twice = register(ONE, person(ONE.name, 2))

        with pytest.raises(Refused) as refusal:
            require_two(STATEMENT, [STATEMENT.signed(private(seed)) for seed in (1, 2)], twice)

        assert refusal.value.code is per.TWO_PERSONS

    def test_one_forged_among_two_good_ones_refuses_all(self) -> None:
        """Doubt is not outvoted."""
        approvals = [STATEMENT.signed(private(1)), STATEMENT.signed(private(2)), Approval(ONE.key, b"\0" * 64)]

        with pytest.raises(Refused) as refusal:
            require_two(STATEMENT, approvals, BOTH)

        assert refusal.value.code is per.FORGED
