"""The result of `bench.reconcile` as a page. Pure: it says what was compared, and what memory and disk it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from bench.juki_side import AHEAD
from bench.partners import Memory
from bench.registers import KINDS

if TYPE_CHECKING:
    from bench.reconcile import Results

_MB: Final = 1_000_000
_PROCESSES: Final = (
    ("hub", "the hub with both connectors in it, and this watcher"),
    ("juki", "住記: makes its register part by part and holds results against what was planted"),
    ("cs", "CS: makes its register part by part and compares"),
)


def progress(persons: int, residents: int, seconds: float, memory: Mapping[str, Memory]) -> str:
    """One line for whoever waits."""
    rate = persons / seconds if seconds else 0.0
    resident = ", ".join(f"{name} {one.resident / _MB:.0f}" for name, one in memory.items())
    return f"{persons:,} / {residents:,} persons, {rate:,.0f}/s, {seconds:.0f} s, resident MB: {resident}"


def page(results: Results, command: str) -> str:
    """Markdown."""
    return "\n".join(_page(results, command)) + "\n"


def _page(results: Results, command: str) -> Iterator[str]:
    yield "# 整合: the whole register of 住記 against the CS (S23)"
    yield ""
    yield f"Written by `{command}`, {results.began}."
    yield ""
    yield from _verdict(results)
    yield ""
    yield from _machine(results)
    yield ""
    yield "## Persons"
    yield ""
    yield from _persons(results)
    yield ""
    yield "## Memory and disk on the way"
    yield ""
    yield from _samples(results)
    yield ""
    yield "## What ran"
    yield ""
    yield from _ran(results)


def _verdict(results: Results) -> Iterator[str]:
    done = f"{results.persons:,} of {results.registers.residents:,} persons were compared in {results.seconds:,.0f} s"
    rate = results.persons / results.seconds if results.seconds else 0.0
    yield f"{done} ({rate:,.0f} persons a second)."
    if results.whole:
        total = results.found.total()
        yield f"Every one of the {total:,} planted mismatches was found, by person, kind and items, and nothing else was."
    else:
        yield f"**What was found is not what was planted, or not all was answered**: {results.wrong} differences."
        yield from (f"- {text}" for text in results.differences)


def _machine(results: Results) -> Iterator[str]:
    one = results.machine
    before, after = (" ".join(f"{value:.2f}" for value in load) for load in (results.load[0], results.load[-1]))
    yield "| | |"
    yield "|---|---|"
    yield f"| processor | {one.processor}, {one.cores} cores |"
    yield f"| load average (1, 5, 15 minutes) | before {before}; after {after} |"
    yield f"| disk | {one.disk} |"
    yield f"| system | {one.system}, Python {one.python}, SQLite {one.sqlite}, {one.openssl}, libxml2 {one.libxml2} |"
    yield f"| seed, persons of a question | {results.registers.seed}, {results.registers.size:,} |"
    if results.load[0][0] >= 0.5:
        yield ""
        yield f"**The machine did other work at the same time** (load average {results.load[0][0]:.1f} when this began): the time would be shorter on an idle one."


def _persons(results: Results) -> Iterator[str]:
    yield "| | planted | found |"
    yield "|---|---:|---:|"
    for kind, name in KINDS.items():
        yield f"| {name} (不一致区分 {kind}) | {results.planted[kind]:,} | {results.found[kind]:,} |"
    yield f"| all mismatches | {results.planted.total():,} | {results.found.total():,} |"
    yield f"| different between planted and found | | {results.wrong:,} |"
    yield ""
    yield "| | |"
    yield "|---|---:|"
    yield f"| persons compared | {results.persons:,} |"
    yield f"| of them equal | {results.equal:,} |"
    yield f"| questions (SG-CHK) taken and answered by the CS | {_acknowledged(results, 'cs'):,} of {results.registers.parts:,} |"
    yield f"| results (SG-RES) taken and answered by 住記 | {_acknowledged(results, 'juki'):,} of {results.registers.parts:,} |"
    yield f"| entries in the log | {results.entries:,} |"
    yield f"| the log verifies from its first entry | {'yes' if results.verified else '**no**'} |"


def _acknowledged(results: Results, name: str) -> int:
    return results.settled.get(name, {}).get("acknowledged", 0)


def _samples(results: Results) -> Iterator[str]:
    names = [name for name, _ in _PROCESSES]
    yield f"| persons | s | {' | '.join(f'{name}: resident (own) MB' for name in names)} | home MB | ledgers kB |"
    yield f"|{'---:|' * (4 + len(names))}"
    for one in results.samples:
        memory = " | ".join(
            f"{one.memory[name].resident / _MB:.0f} ({one.memory[name].own / _MB:.0f})" for name in names
        )
        yield f"| {one.persons:,} | {one.seconds:.0f} | {memory} | {one.disk / _MB:.1f} | {one.ledgers / 1000:.0f} |"
    first, last = results.samples[0], results.samples[-1]
    yield ""
    yield "| process | most ever resident, MB | own memory, last sample against first, MB |"
    yield "|---|---:|---:|"
    for name, what in _PROCESSES:
        grown = (last.memory[name].own - first.memory[name].own) / _MB
        yield f"| {name}: {what} | {last.memory[name].peak / _MB:.0f} | {grown:+.1f} |"
    yield ""
    yield "Resident counts pages of files too, own does not. Peaks are VmHWM of proc(5), when the last person had been compared;"
    yield f"the hub's process came to {results.peak / _MB:.0f} MB in all (getrusage), with the verification of its log from the first entry."


def _ran(results: Results) -> Iterator[str]:
    yield "- A home of zone juki-net as `hub init` makes it, its core thread, the rooms juki and cs with the kit's workers: signatures, schemas, law,"
    yield "  encrypted journal, tree heads, stamps, receipts and signed answers are all on. 住記 and CS are processes of their own behind the rooms'"
    yield "  own languages (files of records of fixed length; telegrams of fixed length)."
    yield f"- One SG-CHK for {results.registers.size:,} persons at most, all of them in one batch (set, position, count). 住記 asks {AHEAD} parts ahead of the results."
    yield "- Neither side ever holds a register: a part is made out of (seed, number) when it is needed and forgotten. About one person in 500 is planted as"
    yield "  different at the CS. The CS compares item by item; 住記 holds what the result names against what was planted."
    yield "- The demo's CS splits the register by the remainder of 住民票コード; here a part is a stretch of the register's order."
    yield "- What grows is the journal, on disk: questions, results and answers, encrypted, until their retention ends; a ledger line for each message;"
    yield "  and in memory, at each partner, the MessageIds of what it has performed."
