"""scripts/debian installs what is missing and only that, or says exactly what to run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "debian"

# Fails until the lists were fetched, when FAIL_ONCE says so; its third word is what it shall do.
APT = """echo "apt-get $*" >>{folder}/calls
[ "$3" != update ] || : >{folder}/fetched
[ ! -x {folder}/policy ] || {folder}/policy || echo "policy $?" >>{folder}/policies
[ -z "$FAIL_ONCE" ] || [ -e {folder}/fetched ]"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH of a few commands; `apt-get` and `sudo` write down how they were called, `id` says who we are."""
    for real in ("bash", "env", "chmod", "rm"):
        (tmp_path / real).symlink_to(f"/usr/bin/{real}")
    _command(tmp_path, "apt-get", APT.format(folder=tmp_path))
    _command(tmp_path, "id", "echo ${UID_SHOWN:-0}")
    return tmp_path


class TestDebian:
    def test_calls_nothing_when_nothing_is_missing(self, machine: Path) -> None:
        """A command that stands on the PATH, or at its path, needs no package."""
        done = _run(machine, "bash:bash", f"{machine}/env:coreutils")

        assert (done.returncode, _calls(machine)) == (0, [])

    def test_root_installs_the_missing_packages_in_one_call(self, machine: Path) -> None:
        """Only the packages of absent commands are installed, without recommendations or questions."""
        done = _run(machine, "bash:bash", "xmlsec1:xmlsec1", "/usr/lib/nowhere/initdb:postgresql")

        assert done.returncode == 0
        assert _calls(machine) == ["apt-get --yes --no-install-recommends install xmlsec1 postgresql"]

    def test_a_server_that_is_installed_is_not_started(self, machine: Path) -> None:
        """While apt works a policy forbids services (101), then it is gone; a policy of the machine's own stays."""
        _run(machine, "postgres:postgresql-15")
        gone = not (machine / "policy").exists()
        _command(machine, "policy", "exit 104")
        _run(machine, "postgres:postgresql-15")

        assert gone
        assert (machine / "policies").read_text("utf-8").splitlines() == ["policy 101", "policy 104"]
        assert (machine / "policy").exists()

    def test_old_package_lists_are_fetched_once(self, machine: Path) -> None:
        """When the first attempt fails the lists are updated and the installation is tried again."""
        done = _run(machine, "xmlsec1:xmlsec1", FAIL_ONCE="1")

        assert done.returncode == 0
        assert [call.split()[3] for call in _calls(machine)] == ["install", "update", "install"]

    def test_others_use_sudo(self, machine: Path) -> None:
        """Who is not root installs with sudo where it exists."""
        _command(machine, "sudo", f'echo sudo >>{machine}/calls; exec "$@"')
        done = _run(machine, "xmlsec1:xmlsec1", UID_SHOWN="1000")

        assert done.returncode == 0
        assert _calls(machine) == ["sudo", "apt-get --yes --no-install-recommends install xmlsec1"]

    def test_without_root_and_sudo_it_says_what_to_run(self, machine: Path) -> None:
        """The refusal names the command for an administrator, and nothing was called."""
        done = _run(machine, "xmlsec1:xmlsec1", UID_SHOWN="1000")

        assert done.returncode == 1
        assert "apt-get update && apt-get install xmlsec1" in done.stderr
        assert _calls(machine) == []

    def test_an_old_python_is_named(self, machine: Path) -> None:
        """An interpreter that says it is too old is refused with its version, and nothing is installed."""
        _command(machine, "python3", '[ "$1" = -V ] && echo "Python 3.9.2" || exit 1')
        done = _run(machine, "--python")

        assert done.returncode == 1
        assert "Python 3.11 or newer" in done.stderr
        assert "Python 3.9.2" in done.stderr

    def test_a_python_without_venv_gets_its_package(self, machine: Path) -> None:
        """Debian ships python3 without ensurepip: python3-venv is installed."""
        _command(machine, "python3", 'case "$2" in *ensurepip*) exit 1;; esac')
        done = _run(machine, "--python")

        assert done.returncode == 0
        assert _calls(machine) == ["apt-get --yes --no-install-recommends install python3-venv"]


def _command(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!{folder}/bash\n{body}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def _run(machine: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(machine / "bash"), str(SCRIPT), *arguments]
    variables = {"PATH": str(machine), "HOME": os.devnull, "FAIL_ONCE": "", "POLICY_RC_D": str(machine / "policy")}
    variables |= environment
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=30, check=False)


def _calls(machine: Path) -> list[str]:
    calls = machine / "calls"
    return calls.read_text("utf-8").splitlines() if calls.exists() else []
