"""hub.exchangelog.entry and its shapes: what an entry can say, in one spelling, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.errors import IntegrityError
from hub.exchangelog import canonical
from hub.exchangelog import entry as entries
from hub.exchangelog.checkpoint import Checkpoint
from hub.exchangelog.entry import Admin, Answered, Config, Entry, Erase, Hold, Permit, Refuse, Release, Statement
from hub.exchangelog.shapes import MAX_LINES, MAX_SIGNATURE, Legal
from hub.messages import AnswerLine, Level
from tests.exchangelog_samples import (
    Place,
    answer,
    config,
    digest,
    observed,
    others,
    permit,
    refuse,
    refuse_unproven,
    strangers,
    uuid7,
)

PLACE = Place(7, 5)
TIME = "2026-04-01T00:15:01.750Z"
SEEN = Checkpoint("juki-hub/131211/kikan", 5, bytes(32))
EVERY: tuple[Entry, ...] = (
    config(PLACE),
    permit(PLACE, 1),
    permit(PLACE, 1, recipient="戸籍住民課"),
    refuse(PLACE, 2),
    refuse_unproven(PLACE, 3),
    answer(PLACE, 4, SEEN),
    observed(PLACE, 5),
    observed(PLACE, 5, "HUB-DOM-001"),
    *others(PLACE),
)


def changed(entry: Entry, /, **members: object) -> bytes:
    """The leaf of an entry with members replaced, canonical again, whatever it then says."""
    value = json.loads(entries.encode(entry)) | members
    return canonical.encode({name: one for name, one in value.items() if one != "absent"})


class TestEncode:
    @pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.KIND)
    def test_every_kind_reads_back_as_itself(self, entry: Entry) -> None:
        """Nothing is lost between an entry and its leaf."""
        assert entries.parse(entries.encode(entry)) == entry

    @pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.KIND)
    def test_the_version_stands_first(self, entry: Entry) -> None:
        """The first bytes of a leaf say how to read the rest."""
        assert entries.encode(entry).startswith(b'{"_v":1,')

    @pytest.mark.parametrize(
        "entry",
        [
            replace(permit(PLACE, 1), digest="ABC"),
            replace(permit(PLACE, 1), message=""),
            replace(permit(PLACE, 1), commit=""),
            replace(permit(PLACE, 1), legal=None),
            replace(permit(PLACE, 1), sender="足立 太郎"),
            replace(permit(PLACE, 1), time="2026-04-01T00:15:00Z"),
            replace(permit(PLACE, 1), version=-1),
            replace(permit(PLACE, 1), config=True),
            replace(permit(PLACE, 1), config=0.0),  # type: ignore[arg-type]
            replace(permit(PLACE, 1), time=datetime(2026, 4, 1, tzinfo=UTC)),  # type: ignore[arg-type]
            replace(refuse(PLACE, 1), code=""),
            replace(refuse(PLACE, 1), channel=""),
            replace(refuse(PLACE, 1), signature="x" * (MAX_SIGNATURE + 1)),
            replace(config(PLACE), digests={}),
            replace(config(PLACE), digests={"表": digest("x")}),
            replace(answer(PLACE, 1, SEEN), lines=(AnswerLine(uuid7(1), digest("x"), Level.REJECTED),)),
            replace(
                answer(PLACE, 1, SEEN),
                lines=(AnswerLine(uuid7(1), digest("x"), Level.PARTNER_CONFIRMED, "HUB-DOM-001"),),
            ),
            replace(answer(PLACE, 1, SEEN), lines=answer(PLACE, 1, SEEN).lines * MAX_LINES),
        ],
    )
    def test_refuses_what_no_verifier_would_read(self, entry: Entry) -> None:
        """An entry outside the shapes never becomes a leaf."""
        with pytest.raises(ValueError, match=r".") as caught:
            entries.encode(entry)

        assert not isinstance(caught.value, IntegrityError)

    def test_holds_no_place_for_a_person(self) -> None:
        """Only a refusal's ds:Signature is free text; every other field of every kind refuses a sentence and a name."""
        for entry in EVERY:
            for name in json.loads(entries.encode(entry)):
                if name != "signature":
                    with pytest.raises(IntegrityError, match="HUB-LOG-001"):
                        entries.parse(changed(entry, **{name: "足立 太郎、綾瀬一丁目"}))


class TestKinds:
    def test_a_permit_has_no_code(self) -> None:
        """A permit with a reason to refuse cannot be made."""
        with pytest.raises(ValueError, match="no code"):
            replace(permit(PLACE, 1), code="HUB-PRV-001")

    @pytest.mark.parametrize(
        "members", [{"code": "HUB-PRV-001"}, {"lines": ()}, {"legal": Legal("利用", "statutes", "1", digest("x"))}]
    )
    def test_an_answer_has_lines_and_no_law(self, members: dict[str, object]) -> None:
        """An answer says what became of messages; it needs no provision and refuses nothing itself."""
        with pytest.raises(ValueError, match="an answer has lines"):
            replace(answer(PLACE, 1, SEEN), **members)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "member",
        [
            *({name: ""} for name in ("message", "sender", "recipient", "digest", "counterpart", "at", "evidence")),
            {"channel": ""},
            {"about": ""},
            {"about": "flow:"},
            {"about": "row:kou2/128"},
            {"about": "flow:足立太郎"},
            {"count": 2},
            {"version": 0},
            {"legal": Legal("利用", "statutes", "1", digest("x"))},
        ],
        ids=repr,
    )
    def test_an_observation_is_signed_and_of_one_exchange(self, member: dict[str, object]) -> None:
        """Nothing of it may be missing, it cites no row of law, and it is about a flow."""
        with pytest.raises(ValueError, match=r"either one signed observation|a version is of a type"):
            replace(observed(PLACE, 5), **member)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "member",
        [
            {"message": uuid7(1)},
            {"evidence": digest("x")},
            {"about": "flow:E1"},
            {"version": 1},
            {"count": 0},
            {"code": ""},
            {"channel": ""},
        ],
        ids=repr,
    )
    def test_a_count_of_strangers_is_of_no_message(self, member: dict[str, object]) -> None:
        """Whoever proved nothing is counted by source and code, and nothing stands there that looks proven."""
        with pytest.raises(ValueError, match=r"either one signed observation|a version is of a type"):
            replace(strangers(PLACE), **member)  # type: ignore[arg-type]

    def test_a_refusal_may_know_nothing_but_the_channel(self) -> None:
        """Where no signature held, the digest, the code and the channel are all that is proven."""
        entry = entries.parse(entries.encode(refuse_unproven(PLACE, 3)))

        assert isinstance(entry, Refuse)
        assert (entry.sender, entry.message, entry.channel, entry.code) == ("", "", "chukan", "HUB-SIG-001")

    @pytest.mark.parametrize("member", [{"due": ""}, {"message": uuid7(1)}, {"entry": 0}, {"slot": "body"}], ids=repr)
    def test_an_erasure_is_of_a_bucket_or_of_one_record(self, member: dict[str, object]) -> None:
        """Nothing between the two can be written or read."""
        bucket = next(one for one in others(PLACE) if isinstance(one, Erase))
        with pytest.raises(ValueError, match="either a bucket"):
            replace(bucket, **member)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(bucket, **member))

    @pytest.mark.parametrize("count", [0, 2])
    def test_one_record_has_one_key(self, count: int) -> None:
        """An erasure of one record counts one."""
        record = Erase(
            time=TIME,
            origin="juki-hub/131211/kikan",
            tenant="131211",
            environment="demo",
            retention="standard",
            count=1,
            message=uuid7(1),
            entry=0,
            slot="body",
        )

        assert entries.parse(entries.encode(record)) == record
        with pytest.raises(ValueError, match="either a bucket"):
            replace(record, count=count)

    @pytest.mark.parametrize(
        "member",
        [
            {"keys": []},
            {"keys": [digest("one"), digest("two")]},
            {"statement": ""},
            {"statement": "", "keys": []},  # the reason of nobody
        ],
        ids=repr,
    )
    def test_a_hold_is_of_one_person_with_a_statement_or_of_none(self, member: dict[str, object]) -> None:
        """What a person signed and whose key it was stand together, and only then is there a private reason."""
        said = {"statement": digest("s"), "keys": [digest("one")], "commit": digest("c")}
        held = next(one for one in others(PLACE) if isinstance(one, Hold))

        assert isinstance(entries.parse(changed(held, **said)), Hold)
        assert isinstance(entries.parse(changed(held, statement="", keys=[], commit="")), Hold)
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(held, **{**said, **member}))

    @pytest.mark.parametrize("keys", [0, 17])
    def test_somebody_releases(self, keys: int) -> None:
        """Two, one of a correction, or three where a third signed before it could be recorded; nobody is no release."""
        freed = next(one for one in others(PLACE) if isinstance(one, Release))
        three = entries.parse(changed(freed, keys=[digest(str(number)) for number in range(3)]))
        assert isinstance(three, Release)
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(freed, keys=[digest(str(number)) for number in range(keys)]))

    @pytest.mark.parametrize("kind", [Release, Statement, Admin])
    def test_one_key_is_one_person(self, kind: type[Entry]) -> None:
        """A key that stands twice would count as two persons."""
        entry = next(one for one in others(PLACE) if isinstance(one, kind))
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(entry, keys=[digest("one"), digest("one")]))

    def test_a_statement_is_somebodys(self) -> None:
        """Without a key nobody stated it."""
        said = next(one for one in others(PLACE) if isinstance(one, Statement))
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(said, keys=[]))

    @pytest.mark.parametrize("sign", ["\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u3000"])
    def test_names_have_plain_characters(self, sign: str) -> None:
        """No white space, and nothing that a terminal obeys."""
        said = next(one for one in others(PLACE) if isinstance(one, Statement))
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(said, about=f"row:{sign}"))

    def test_a_type_and_its_version_are_known_together(self) -> None:
        """Version 0 is that of no type."""
        for entry, member in ((permit(PLACE, 1), {"version": 0}), (refuse_unproven(PLACE, 3), {"version": 1})):
            with pytest.raises(IntegrityError, match="HUB-LOG-001"):
                entries.parse(changed(entry, **member))

    def test_a_version_that_is_not_known_is_zero(self) -> None:
        """What is not proven has one spelling, also for a number."""
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(refuse_unproven(PLACE, 3), version=""))

    def test_a_configuration_cannot_be_changed_after_reading(self) -> None:
        """Values are frozen, mappings included."""
        entry = entries.parse(entries.encode(config(PLACE)))

        assert isinstance(entry, Config)
        with pytest.raises(TypeError):
            entry.digests["items"] = digest("other")  # type: ignore[index]


class TestParse:
    @pytest.mark.parametrize(
        "members",
        [
            {"_v": 2},
            {"_v": True},
            {"_v": "1"},
            {"_v": "absent"},
            {"kind": "permitted"},
            {"kind": 1},
            {"kind": "absent"},
            {"kind": "config"},
            {"more": ""},
            {"digest": "absent"},
            {"code": "HUB-PRV-001"},
            {"message": uuid7(1).upper()},
            {"message": "0195e7a0-5a10-4c3e-9d52-000000000001"},
            {"time": "2026-02-30T00:00:00.000Z"},
            {"time": "2026-04-01T00:15:00.000+00:00"},
            {"time": None},
            {"environment": "Production"},
            {"tenant": "13121"},
            {"config": -1},
            {"config": 2**53 - 1 + 0.0},
            {"legal": {"kind": "売却", "table": "statutes", "item": "1", "digest": digest("x")}},
            {"legal": {"kind": "利用", "table": "statutes", "item": "1"}},
            {"legal": {"kind": "利用", "table": "statutes", "item": "1", "digest": digest("x"), "article": "9"}},
            {"legal": ""},
            {"recipient": "atena\n"},
            {"recipient": "a" * 41},
            {"recipient": "課\u3000長"},
        ],
        ids=repr,
    )
    def test_refuses_another_permit(self, members: dict[str, object]) -> None:
        """An unknown version, kind, field or form is refused, also where Python would call it equal."""
        try:
            leaf = changed(permit(PLACE, 1), **members)
        except canonical.NotCanonical:
            leaf = json.dumps(json.loads(entries.encode(permit(PLACE, 1))) | members).encode()

        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(leaf)

    @pytest.mark.parametrize(
        "members",
        [
            {"seen": {"origin": "o", "size": 5, "root": "AAAA"}},
            {"seen": {"origin": "a b", "size": 5, "root": "A" * 43 + "="}},
            {"seen": {"origin": "o", "size": 5, "root": "A" * 42 + "B="}},
            {"lines": [[uuid7(1), digest("x"), "done", ""]]},
            {"lines": [[uuid7(1), digest("x"), [], ""]]},
            {"lines": [[uuid7(1), digest("x")]]},
            {"lines": [[uuid7(1), digest("x"), "rejected", 0]]},
            {"lines": [[uuid7(1), digest("x"), "rejected", None]]},
            {"lines": [[uuid7(1), digest("x"), "rejected", "X"]]},
            {"lines": [[uuid7(1), digest("x"), "partner-confirmed", None]]},
            {"lines": {}},
            {"lines": []},
        ],
        ids=repr,
    )
    def test_refuses_another_answer(self, members: dict[str, object]) -> None:
        """Lines and the checkpoint seen are as strict as the rest."""
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(answer(PLACE, 1, SEEN), **members))

    @pytest.mark.parametrize("due", ["2026-02-29", "20260409", "2026-4-9", "2026-W15-4", " 2026-04-09"])
    def test_refuses_another_day(self, due: str) -> None:
        """A due day is a real day in one spelling."""
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(changed(next(one for one in others(PLACE) if isinstance(one, Erase)), due=due))

    @pytest.mark.parametrize("leaf", [b"", b"{}", b"[]", b"null", b"\xff", b'{"_v":1}'], ids=repr)
    def test_refuses_what_is_no_entry(self, leaf: bytes) -> None:
        """Any bytes at all give an answer, never another exception."""
        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(leaf)

    def test_refuses_another_order(self) -> None:
        """The same members in another order are other bytes, so no entry."""
        value = json.loads(entries.encode(permit(PLACE, 1)))
        leaf = json.dumps(dict(reversed(value.items())), ensure_ascii=False, separators=(",", ":")).encode()

        with pytest.raises(IntegrityError, match="HUB-LOG-001"):
            entries.parse(leaf)

    def test_returns_the_class_of_the_kind(self) -> None:
        """The type of the result says what the entry is."""
        assert type(entries.parse(entries.encode(permit(PLACE, 1)))) is Permit
        assert type(entries.parse(entries.encode(answer(PLACE, 1, SEEN)))) is Answered
