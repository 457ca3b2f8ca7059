"""connectors.chukan.trust and kit.signed: what the 中間サーバー believes before the day, and that it does not start with anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.chukan import simulator
from connectors.chukan.allowed import HOUSEHOLD
from connectors.chukan.peers.founding import ALLOWED, body_key, network_key, trust
from connectors.chukan.trust import FOLDER, LIST, LIST_VERSION, REGISTERED, Trust
from connectors.juki.full import nws
from connectors.kit import signed
from connectors.kit.languages.http import HttpService
from connectors.kit.simulator import run
from hub.codes import kit
from hub.errors import Misconfigured

SEED = 3
KEY = network_key(SEED)
NEWER = replace(ALLOWED, version=date(2026, 6, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As it is before a day."""
    trust(tmp_path / FOLDER, SEED, begun=False)
    return tmp_path / FOLDER


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """The list after somebody edited its value and left its signature."""
    said = json.loads((folder / LIST).read_text("utf-8"))
    change(said["value"])
    (folder / LIST).write_text(json.dumps(said), "utf-8")


def refused(folder: Path) -> tuple[object, ...]:
    with pytest.raises(Misconfigured) as caught:
        Trust.read(folder)
    return caught.value.code, caught.value.facts["file"], caught.value.facts["rule"]


class TestList:
    def test_is_believed_as_the_network_signed_it(self, folder: Path) -> None:
        """It comes back as it was made, under the registered key."""
        found = Trust.read(folder)

        assert found.allowed == ALLOWED
        assert found.network == KEY.public_key()
        assert found.bodies == {name: body_key(SEED, name).public_key() for name in nws.BODIES}

    @pytest.mark.parametrize(
        "change",
        [
            lambda value: value["affairs"][HOUSEHOLD].append("観光案内の送付に関する事務"),
            lambda value: value["affairs"][HOUSEHOLD].pop(),
            lambda value: value["affairs"].update(TM00000000000002=[]),
            lambda value: value.update(version="2026-04-02"),
            lambda value: value.update(more="1"),
        ],
        ids=["affair-added", "affair-removed", "information-added", "version", "member"],
    )
    def test_is_refused_when_anything_in_it_was_changed(
        self, folder: Path, change: Callable[[dict[str, Any]], object]
    ) -> None:
        """S13: its signature no longer holds."""
        changed(folder, change)

        assert refused(folder) == (kit.SETUP_FILE, LIST, "signature")

    def test_is_refused_unsigned(self, folder: Path) -> None:
        """Without a signature it is no list, with an empty one it is not signed."""
        said = json.loads((folder / LIST).read_text("utf-8"))
        (folder / LIST).write_text(json.dumps({"value": said["value"]}), "utf-8")
        without = refused(folder)
        (folder / LIST).write_text(json.dumps(said | {"signature": ""}), "utf-8")

        assert without == (kit.SETUP_FILE, LIST, "form")
        assert refused(folder) == (kit.SETUP_FILE, LIST, "signature")

    def test_is_refused_from_another_network(self, folder: Path) -> None:
        """Signed, but with a key that is not registered."""
        (folder / LIST).write_text(NEWER.written(network_key(SEED + 1)), "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, LIST, "signature")

    def test_a_signature_of_another_kind_is_none(self, folder: Path) -> None:
        """What the network signs for another purpose does not make a list."""
        value = json.loads((folder / LIST).read_text("utf-8"))["value"]
        (folder / LIST).write_text(signed.written(value, "nws/提供許可証/1", KEY), "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, LIST, "signature")

    def test_an_older_one_is_refused_after_a_newer(self, folder: Path) -> None:
        """The network signed both; the newer was taken, so the older is taken no more."""
        older = (folder / LIST).read_text("utf-8")
        (folder / LIST).write_text(NEWER.written(KEY), "utf-8")
        assert Trust.read(folder).allowed == NEWER
        (folder / LIST).write_text(older, "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, LIST, "older")

    def test_one_older_than_the_first_is_refused(self, folder: Path) -> None:
        """The version that was handed over first counts as taken."""
        (folder / LIST).write_text(replace(ALLOWED, version=date(2025, 4, 1)).written(KEY), "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, LIST, "older")

    @pytest.mark.parametrize("value", [{}, {"version": "2026-13-01", "affairs": {}}, {"version": "x", "affairs": []}])
    def test_what_is_no_list_is_refused_though_signed(self, folder: Path, value: dict[str, Any]) -> None:
        """Without members, with a version that is no day, with affairs in another form."""
        (folder / LIST).write_text(signed.written(value, "nws/照会許可用照合リスト/1", KEY), "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, LIST, "form")

    def test_the_list_is_about_one_information(self) -> None:
        """Default deny."""
        assert ALLOWED.names("児童扶養手当の支給に関する事務", HOUSEHOLD)
        assert not ALLOWED.names("児童扶養手当の支給に関する事務", "TM00000000000002")
        assert not ALLOWED.names("", HOUSEHOLD)


class TestRegistered:
    @pytest.mark.parametrize("name", [REGISTERED, LIST, LIST_VERSION])
    def test_nothing_begins_without_one_of_the_files(self, folder: Path, name: str) -> None:
        """Each is named when it is missing."""
        (folder / name).unlink()

        assert refused(folder) == (kit.SETUP_FILE, name, "missing")

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            *(("{", "form"), ("[]", "form"), ("{}", "form"), ('{"network":"00","bodies":[]}', "form")),
            *(
                ('{"network":"00","bodies":{}}', "key"),
                ('{"network":"' + "00" * 32 + '","bodies":{"見本県":1}}', "key"),
            ),
        ],
    )
    def test_what_is_no_register_is_refused(self, folder: Path, text: str, rule: str) -> None:
        """No JSON, another form, no key."""
        (folder / REGISTERED).write_text(text, "utf-8")

        assert refused(folder) == (kit.SETUP_FILE, REGISTERED, rule)

    def test_a_version_that_is_none_is_refused(self, folder: Path) -> None:
        """It is not taken for the oldest."""
        (folder / LIST_VERSION).write_text("", "ascii")

        assert refused(folder) == (kit.SETUP_FILE, LIST_VERSION, "form")

    def test_is_made_once(self, folder: Path) -> None:
        """When a ledger has begun, what was taken away is not made anew."""
        for path in folder.iterdir():
            path.unlink()
        with pytest.raises(Misconfigured, match=kit.SETUP_FILE.id):
            trust(folder, SEED, begun=False)
        folder.rmdir()

        with pytest.raises(Misconfigured, match=kit.SETUP_FILE.id):
            trust(folder, SEED, begun=True)


class TestStart:
    def test_the_server_does_not_start_with_a_changed_list(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """It ends with the exit code of a wrong configuration, names the code and the file, and never says that it is ready."""
        changed(folder, lambda value: value["affairs"][HOUSEHOLD].append("観光案内の送付に関する事務"))
        home = folder.parent
        arguments = ["--ledger-dir", str(home / "effects"), "--socket", str(home / "chukan.sock"), "--seed", str(SEED)]
        code = run("chukan", ("chukan",), simulator.plays, arguments, HttpService)
        said = capsys.readouterr()

        assert code == Misconfigured.exit_code
        assert (kit.SETUP_FILE.id in said.err, LIST in said.err, said.out) == (True, True, "")
