"""The forms of configuration files are told in the language that was asked for, and never in pydantic's words."""

from __future__ import annotations

import datetime
import pickle
import re
from typing import Any

import pytest

from hub import yamltext
from hub.config import Config
from hub.errors import Faults, Words
from hub.operators import OperatorsModel
from hub.routes import RoutingModel

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
PYDANTIC = re.compile("Input|should|instance|Model|valid dictionary|Value error", re.IGNORECASE)
ENDPOINT = {"name": "", "room": "x" * 201, "party": 3}
APPROVAL = {"number": "1", "date": "2026-03-02", "approver": "x"}
ROUTE = {"id": "x", "sender": "a", "recipients": [], "types": ["x"], "provisions": "x", "channel": "nws"}
ROUTING = {"format": "1", "municipality": 131211, "zones": {"y": 3, "z": {"endpoints": {"a": ENDPOINT}, "routes": [{**ROUTE, "approval": APPROVAL}]}}}  # fmt: skip
SERVER = {"host": "db", "database": "j", "user": "u"}
ENGINE = {"journal": SERVER, "broker": {"nodes": ["x:1"] * 10, "ca": "/x"}, "workers": 0}
HUB = {"format": 2, "tenant": "x", "environment": "x", "zone": "k", "origin": "o", "development": "yes", "engine": ENGINE}  # fmt: skip
OPERATORS = {"format": 1.5, "contractors": [{"company": "x", "until": datetime.datetime(2026, 1, 1, 3), "endpoints": 1}]}  # fmt: skip
NOTHING: tuple[Any, ...] = (None, [], 1, "x", True)
WRONG: tuple[tuple[type[yamltext.Strict], Any], ...] = (
    *((model, data) for model in (RoutingModel, Config, OperatorsModel) for data in NOTHING),
    (RoutingModel, ROUTING),
    (Config, HUB),
    (Config, {**HUB, "engine": {"journal": {**SERVER, "host": "/run", "tls": {"ca": "x"}}}}),
    (Config, {**HUB, "engine": {"journal": {**SERVER, "tls": {"ca": "x", "key": "y"}}}}),
    (OperatorsModel, OPERATORS),
)


class TestForms:
    @pytest.mark.parametrize(("model", "data"), WRONG)
    def test_each_is_told_in_its_language(self, model: type[yamltext.Strict], data: object) -> None:
        """The wanted form has Japanese words in Japanese and none in English, and names no class of ours."""
        found = yamltext.faults(model, data, "f.yaml")
        wanted = [fault.facts["expected"] for fault in found if "expected" in fault.facts]

        assert wanted
        for words in wanted:
            assert isinstance(words, Words)
            assert JAPANESE.search(words.ja)
            assert not JAPANESE.search(words.en)
            assert not PYDANTIC.search(words)
            assert "docs" not in words  # every form that our files have is known

    def test_an_empty_file(self) -> None:
        """What was read stands there as YAML writes it."""
        (fault,) = yamltext.faults(RoutingModel, yamltext.load("", "routing.yaml"), "routing.yaml")

        assert fault.text("ja").endswith("null(必要な形: 「名前: 値」の並び)")
        assert fault.text("en").endswith("null (expected a mapping of names to values).")

    def test_a_choice_lists_all(self) -> None:
        """In both languages."""
        found = yamltext.faults(Config, {**HUB, "engine": None}, "hub.yaml")
        words = next(fault.facts["expected"] for fault in found if fault.facts["path"] == "environment")

        assert words == Words("'production'、'test'、'demo' のいずれか", "'production', 'test' or 'demo'")


class TestWords:
    def test_survive_a_copy(self) -> None:
        """Of whatever kind: an error may cross processes."""
        copied = pickle.loads(pickle.dumps(Words("日", "day")))  # noqa: S301 - our own bytes

        assert (copied, copied.ja, copied.en) == ("日 / day", "日", "day")


class TestMemory:
    def test_what_is_read_again_is_the_readers_own(self) -> None:
        """A text is parsed once, and whoever changes what he got changes nobody else's."""
        first = yamltext.load("a: [1, {b: 2}]\n", "f.yaml")
        assert isinstance(first, dict)
        first["a"].append(3)
        first["a"][1]["b"] = 9

        assert yamltext.load("a: [1, {b: 2}]\n", "f.yaml") == {"a": [1, {"b": 2}]}

    def test_a_fault_is_told_each_time_with_its_file(self) -> None:
        for file in ("one.yaml", "two.yaml"):
            with pytest.raises(Faults) as caught:
                yamltext.load("a: 1\na: 2\n", file)
            assert caught.value.faults[0].facts["file"] == file
