"""The tour of README.md, run as it stands there: whoever copies it sees what it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tour(page: str) -> str:
    """The one `sh` block of a README, without its comments."""
    (block,) = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    return re.sub(r" *#.*", "", block)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the tour prints, with a line of `$` and the command before each answer."""
    place = tmp_path_factory.mktemp("tour")
    commands = place / "bin"
    commands.mkdir()
    hub = commands / "hub"
    hub.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hub "$@"\n', "utf-8")
    hub.chmod(0o700)
    (commands / "python").symlink_to(sys.executable)
    for name in ("docs", "verifier"):
        (place / name).symlink_to(ROOT / name)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(commands), os.environ["PATH"])),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    script = "set -eu\nPS4='$ '\nexec 2>&1\nset -x\n" + re.sub(r"(?m)^PATH=.*$", "", tour("README.md"))
    done = subprocess.run(
        ["sh", "-c", script], cwd=place, env=environment, capture_output=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout.decode()
    return done.stdout.decode().splitlines()


class TestTour:
    def test_every_step_says_what_it_should(self, told: list[str]) -> None:
        """Accepted, handed out, verified offline, answered, verified as a whole against a checkpoint kept outside."""
        text = "\n".join(told)
        for words in (
            "ホームを作りました",
            "署名しました",
            "受理",
            "確かめました",
            "回答しました",
            "検証しました",
            "結果: 成立する",
        ):
            assert words in text

    def test_the_changed_message_is_refused(self, told: list[str]) -> None:
        """One changed letter is HUB-SIG, and `hub verify` says so."""
        assert any("HUB-SIG" in line for line in told)

    def test_both_readmes_give_the_same_commands(self) -> None:
        """Only the comments differ."""
        commands = [[line.strip() for line in tour(page).splitlines()] for page in ("README.md", "README.ja.md")]

        assert commands[0] == commands[1]
