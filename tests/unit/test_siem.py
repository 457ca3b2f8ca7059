"""hub.exchangelog.siem: one line an entry, in ECS and in CEF; hostile values stay values."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.exchangelog import entry as entries
from hub.exchangelog.entry import Admin, Entry, Refuse
from hub.exchangelog.siem import cef, ecs
from tests.exchangelog_samples import Place, build, others

ENTRIES = (*(entries.parse(leaf) for leaf in build().leaves), *others(Place(9, 9)))
UNESCAPED_BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")
PAIR = re.compile(r"(?:^| )([A-Za-z0-9]+)=")


@pytest.mark.parametrize("entry", ENTRIES, ids=[f"{place}-{one.KIND}" for place, one in enumerate(ENTRIES)])
class TestEveryKind:
    def test_ecs(self, entry: Entry) -> None:
        """Time, sequence and outcome where a SIEM looks for them; nothing blank."""
        line = ecs(7, entry)
        said = json.loads(line)

        assert "\n" not in line
        assert (said["@timestamp"], said["event"]["sequence"]) == (entry.time, 7)
        assert said["event"]["outcome"] == ("failure" if isinstance(entry, Refuse) else "success")
        assert "" not in said["juki"].values()
        assert said["event"]["id"] == f"{entry.origin}#7"

    def test_cef(self, entry: Entry) -> None:
        """Seven bars, a severity, and pairs whose names are CEF's."""
        line = cef(7, entry, "1.2.3")
        head = UNESCAPED_BAR.split(line, 7)

        assert "\n" not in line
        assert head[:4] == ["CEF:0", "juki-hub", "juki-hub", "1.2.3"]
        assert 0 <= int(head[6]) <= 10
        assert {"rt", "externalId", "outcome"} <= set(PAIR.findall(head[7]))


class TestHostile:
    @given(st.text(max_size=60))
    def test_no_value_becomes_a_field_or_a_line(self, text: str) -> None:
        """Of whatever it is made: bars, equal signs, back-slashes, line ends, escapes of terminals."""
        refuse = next(one for one in ENTRIES if isinstance(one, Refuse))
        hostile = replace(refuse, channel=text, sender=text, code="HUB-TST-001")
        plain = cef(1, replace(refuse, channel="x", sender="x", code="HUB-TST-001"), "1")
        line = cef(1, hostile, "1")
        said = json.loads(ecs(1, hostile))

        assert len(line.splitlines()) == 1
        assert all(letter.isprintable() for letter in line)
        assert len(UNESCAPED_BAR.split(line, 7)) == 8
        assert len(ecs(1, hostile).splitlines()) == 1
        assert said["juki"].get("channel", "") == text
        if text:
            names = [set(PAIR.findall(UNESCAPED_BAR.split(one, 7)[7])) for one in (line, plain)]
            assert names[0] == names[1]

    def test_what_concerns_persons_stands_out(self) -> None:
        admin = next(one for one in ENTRIES if isinstance(one, Admin))
        grave, plain = (cef(1, replace(admin, action=action), "1").split("|")[6] for action in ("reveal", "other"))

        assert int(grave) > int(plain)

    def test_every_kind_is_known(self) -> None:
        assert {one.KIND for one in ENTRIES} == {
            kind.KIND for kind in entries.Entry.__subclasses__() if hasattr(kind, "KIND")
        } | {kind.KIND for kind in entries.Exchange.__subclasses__()}
