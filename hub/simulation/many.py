"""Many schedules: over processes of their own, and on until no cell of the table is empty."""

from __future__ import annotations

import gc
import logging
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context

from hub.simulation.aims import seeds_for
from hub.simulation.faults import Cell
from hub.simulation.profiles import FILLING, PROFILES
from hub.simulation.report import Report
from hub.simulation.scenario import find
from hub.simulation.simulator import Simulator
from hub.world import SystemClock

MOST_ROUNDS = 10
"""How often the cells that are still empty are aimed at once more: some operations are seldom called."""
_CHUNK = 4

Play = Callable[[Iterable[Sequence[int]], str], Iterator[Report]]
"""Plays each of several lists of seeds in a profile and answers a report of each, as they come."""


@contextmanager
def processes(jobs: int, scenario: str | None) -> Iterator[Play]:
    """Schedules of one scenario in `jobs` processes, each with a simulator that it keeps."""
    # Spawned, not forked: a progress bar's thread must not be copied in the middle of something.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_alone)

    def play(parts: Iterable[Sequence[int]], profile: str) -> Iterator[Report]:
        for done in as_completed([pool.submit(_part, part, profile, scenario) for part in parts]):
            yield done.result()

    try:
        yield play
    finally:
        pool.shutdown(cancel_futures=True)


def _alone() -> None:
    """A process that plays says nothing by itself: what it logs of simulated faults would stand between lines
    of progress. Ctrl-C reaches all processes of a terminal; the one that asked for schedules ends the others.
    """
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def play_all(
    seeds: range,
    jobs: int,
    play: Play,
    profile: str,
    *,
    fill: Sequence[Cell] = (),
    tell: Callable[[Report, int], None] = lambda report, left: None,
) -> Report:
    """Play these seeds; then further ones, each aimed at a cell of `fill` that stayed empty.

    Those play in the profile that fills for this one: one in which people do all that they may do.
    `tell` hears the report so far and how many schedules are still to be played in this round. Ctrl-C ends
    it early: what was played until then is reported.
    """
    report = Report()
    try:
        _rounds(report, seeds, jobs, play, profile, fill, tell)
    except KeyboardInterrupt:
        report.interrupted = True
    return report


def _rounds(
    report: Report,
    seeds: range,
    jobs: int,
    play: Play,
    profile: str,
    fill: Sequence[Cell],
    tell: Callable[[Report, int], None],
) -> None:
    above, wanted = seeds.stop, list(seeds)
    for _ in range(1 + MOST_ROUNDS):
        left = len(wanted)
        for done in play(_parts(wanted, jobs), profile):
            report.merge(done)
            left -= done.schedules
            tell(report, left)
        empty = report.empty(fill)
        if not empty:
            break
        profile = FILLING.get(profile, profile)
        wanted = seeds_for(empty, fill, above, each=PROFILES[profile]("").each)
        above = wanted[-1] + 1


def _parts(seeds: Sequence[int], jobs: int) -> list[Sequence[int]]:
    size = max(1, min(_CHUNK, len(seeds) // jobs))
    return [seeds[n : n + size] for n in range(0, len(seeds), size)]


_simulator: Simulator | None = None


def _part(seeds: Sequence[int], profile: str, scenario: str | None) -> Report:
    """Some schedules, in a process of their own that keeps its simulator."""
    global _simulator
    if _simulator is None:
        _simulator = Simulator(find(scenario))
        gc.collect()
        gc.freeze()  # what stays for ever is not looked through again and again
    report, clock = Report(), SystemClock()
    for seed in seeds:
        begun = clock.cpu()
        result = _simulator.play(seed, profile=profile)
        report.add(result, clock.cpu() - begun)
    return report
