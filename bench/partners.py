"""The two partner systems of `bench.reconcile` as processes, and how much memory a process takes (proc(5), status)."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.registers import MOST, Registers

_PATIENCE = 30.0  # seconds to end


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes: resident now, of it not backed by files, and the most that was ever resident."""

    resident: int
    own: int
    peak: int

    @classmethod
    def of(cls, process: int | str) -> Memory:
        """Of a living process, by its id or "self".

        VmHWM and not ru_maxrss for children: that one starts with what their parent had when it started them.
        """
        lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
        said = {
            name: int(rest.split()[0]) * 1024
            for name, _, rest in (line.partition(":") for line in lines)
            if "kB" in rest
        }
        return cls(said["VmRSS"], said["RssAnon"], said["VmHWM"])


@dataclass(frozen=True, slots=True)
class Partners:
    """`home` has their sockets, `ledgers` their ledgers."""

    home: Path
    ledgers: Path
    running: dict[str, subprocess.Popen[str]]

    def socket(self, name: str) -> Path:
        return self.home / f"{name}.sock"

    def ledger(self, name: str) -> Path:
        return self.ledgers / f"{name}.jsonl"

    def memory(self, name: str) -> Memory:
        return Memory.of(self.running[name].pid)

    def ended(self) -> list[str]:
        """Those that are gone."""
        return [name for name, process in self.running.items() if process.poll() is not None]


@contextmanager
def partners(home: Path, told: Mapping[str, Registers], at: datetime) -> Iterator[Partners]:
    """Both, listening, each with the registers it is told. They end with the block, and with this process."""
    made = Partners(home, home / "ledgers", {})
    with ExitStack() as held:
        for name, registers in told.items():
            command = [sys.executable, "-m", f"bench.{name}_side", "--watch-stdin", "--at", at.isoformat()]
            command += ["--ledger-dir", str(made.ledgers), "--socket", str(made.socket(name))]
            command += ["--seed", str(registers.seed), "--residents", str(registers.residents)]
            command += ["--size", str(registers.size)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            held.callback(_end, process)
            made.running[name] = process
            if process.stdout is None or process.stdout.readline().strip() != "ready":
                raise ValueError(f"{name} does not start")
        yield made


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.communicate(timeout=_PATIENCE)  # closes its standard input
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What these partners are told beside the options of every simulator."""

    size: int
    at: datetime


def asked_for(arguments: Sequence[str]) -> tuple[Chosen, list[str]]:
    """Ours, and the arguments that are left for `connectors.kit.simulator.run`."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--size", type=int, default=MOST)
    parser.add_argument("--at", type=datetime.fromisoformat, required=True)
    ours, rest = parser.parse_known_args(arguments)
    return Chosen(ours.size, ours.at), rest
