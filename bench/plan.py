"""What is measured: the workloads, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass

TENANT = "131211"
SENDER = "juki"
GROUP = 50  # submissions handed over at once: what a connector takes from its outbox (kit.manner.Pace)


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of event: `recipients` get a message each; `persons` is how many 対象者 stand in one message."""

    name: str
    zone: str
    type: str
    recipients: tuple[str, ...]
    persons: int = 1

    @property
    def fan_out(self) -> int:
        return len(self.recipients)


_DEPARTMENTS = ("zei", "国民健康保険課", "介護保険課", "高齢医療・年金課", "親子支援課")

SMALL_1 = Workload("small, fan-out 1", "kikan", "JK-CHG", _DEPARTMENTS[:1])
SMALL_5 = Workload("small, fan-out 5", "kikan", "JK-CHG", _DEPARTMENTS)
# The one type that may be large is 送付先情報, and the law gives it one recipient, so it has no fan-out of 5.
LARGE_1 = Workload("large, fan-out 1", "juki-net", "SF-SEND", ("cs",), persons=40)
WORKLOADS = (SMALL_1, SMALL_5, LARGE_1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: messages a round by size, rounds, lone messages, and messages at 70 % load."""

    rounds: int = 3
    small: int = 250
    large: int = 40
    lone: int = 200
    paced: int = 400

    def events(self, workload: Workload) -> int:
        """Events of one round."""
        return max(1, (self.small if workload.persons == 1 else self.large) // workload.fan_out)


FULL = Plan()
QUICK = Plan(rounds=3, small=50, large=8, lone=40, paced=50)
