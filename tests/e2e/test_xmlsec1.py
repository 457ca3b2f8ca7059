"""Debian's `xmlsec1` verifies what the hub accepted: every message of a played day, against the zone's own CA."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import opensecrets, xmlsec
from tests.e2e import logfile
from tests.e2e.demorun import ZONES, Run
from tests.xmlsec import xmlsec1

__all__ = ["xmlsec1"]  # a fixture

AT = "2026-04-01 03:00:00"  # the day that is played
TOGETHER = 50  # files to one process


def accepted(zone_home: Path) -> dict[int, bytes]:
    """By index the bytes of every message that the hub permitted, and of every answer.

    送付先情報 (SF-SEND) is erased as soon as its recipient confirms it (S19), so it is no longer there to be shown:
    tests/integration/test_xmlsec1_catalogue.py verifies one that was accepted, before its recipient confirms it.
    """
    wanted = {
        at: one["type"] for at, one in enumerate(logfile.entries(zone_home)) if one["kind"] in {"permit", "answer"}
    }
    kept = opensecrets.opened(zone_home)
    bodies = {index: kept.get(index) for index in wanted}
    assert {wanted[index] for index, body in bodies.items() if body is None} <= {"SF-SEND"}
    assert all(body is None for index, body in bodies.items() if wanted[index] == "SF-SEND")
    return {index: body for index, body in bodies.items() if body is not None}


def verify(tool: str, authority: Path, files: list[Path]) -> tuple[bool, str]:
    return xmlsec.verify(tool, authority, files, AT)


@pytest.mark.parametrize("zone", ZONES)
class TestXmlsec1:
    def test_accepts_every_message(self, zone: str, xmlsec1: str, played: Run, tmp_path: Path) -> None:
        """Messages and answers: all that the hub keeps."""
        home = played.home / "zones" / zone
        messages = accepted(home)
        files = []
        for index, body in messages.items():
            files.append(tmp_path / f"{index}.xml")
            files[-1].write_bytes(body)
        for start in range(0, len(files), TOGETHER):
            part = files[start : start + TOGETHER]
            good, said = verify(xmlsec1, home / "trust" / "ca.pem", part)
            assert good, said
            assert said.count("\nOK\n") + said.startswith("OK\n") == len(part)
        assert len(messages) > 100

    def test_refuses_one_changed_letter_among_them(self, zone: str, xmlsec1: str, played: Run, tmp_path: Path) -> None:
        """So the acceptance above means something."""
        home = played.home / "zones" / zone
        bodies = list(accepted(home).values())[:3]
        files = [tmp_path / f"{place}.xml" for place in range(3)]
        for file, body in zip(files, bodies, strict=True):
            file.write_bytes(body)
        assert verify(xmlsec1, home / "trust" / "ca.pem", files)[0]
        files[1].write_bytes(bodies[1].replace(b"<MessageId>", b"<MessageId>0", 1))
        assert not verify(xmlsec1, home / "trust" / "ca.pem", files)[0]
