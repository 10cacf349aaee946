"""Figures: percentiles of latencies, CPU of processes and their children, tables for people."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TICK = os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that `share` of all values do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * round(share * 1000) // 1000))
    return ordered[rank - 1]


def each_ms(busy: float, idle: float, count: int) -> float:
    """Milliseconds that each of `count` events cost: CPU seconds with them, less as long without."""
    return 1000 * (busy - idle) / count


def ratio(ours: float, least: float) -> float:
    """How many times what it costs at least, to two decimals."""
    return round(ours / least, 2)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes so far, in seconds, their waited-for children included."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += sum(int(fields[n]) for n in (11, 12, 13, 14))
    return total / TICK


def descendants(pid: int) -> list[int]:
    """A process and everything below it that lives now."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            with open(f"/proc/{one}/task/{one}/children", encoding="ascii") as file:
                todo += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return found


def calibration() -> int:
    """CPU milliseconds of a million small steps now: how busy the machine is shows here."""
    begun, total = time.process_time(), 0
    for n in range(1_000_000):
        total += n * n % 7
    return round(1000 * (time.process_time() - begun))


def summary(latencies: Sequence[float]) -> dict[str, float]:
    """p50, p95 and the longest, in seconds."""
    return {
        "p50": round(percentile(latencies, 0.5), 3),
        "p95": round(percentile(latencies, 0.95), 3),
        "max": round(max(latencies), 3),
    }


def table(name: str, figures: Mapping[str, Any]) -> str:
    """One part's figures, aligned; a target that was missed says so."""
    width = max(len(key) for key in figures)
    lines = [f"== {name}"]
    lines += [f"  {key:<{width}}  {value}" for key, value in figures.items() if not isinstance(value, list)]
    return "\n".join(lines)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
