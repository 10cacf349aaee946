"""A person who works at the hub: asks for payments, passes links on, carries files, imports what came back.

It calls what the commands call. Whatever the hub did not take now is tried again; what the person saw no
answer to is done again, as people do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub import asking, work
from hub.claiming import answers, batches, catalogue, mending, money
from hub.errors import HubError
from hub.kernel import Kernel
from hub.simulation.actors import Office
from hub.simulation.scenario import Request, Served
from hub.simulation.scheduler import Scheduler

WHO, WHY = "person:clerk", "the patient was written to"
LONGEST = 300.0
"""Seconds after which a person looks again where nothing happens."""
Do = Callable[[Kernel, str, str, Mapping[str, Any]], object]


def clerk(kernel: Kernel, scheduler: Scheduler, group: str, office: Office, cast: Served) -> None:
    """Turns of a person at the desk, until everybody goes home."""
    shortest = pause = 20.0 + 40.0 * kernel.world.rng.random()
    while not office.over:
        looked = scheduler.commits
        for turn in (_errand, _links, _work):
            turn(kernel, group, cast)
        pause = shortest if scheduler.commits > looked else min(LONGEST, 2 * pause)
        scheduler.sleep(pause)


def _errand(kernel: Kernel, group: str, cast: Served) -> None:
    """What is wanted, in order; what cannot be done now waits, with everything else about the same."""
    waiting: set[str] = set()
    for errand in list(cast.errands()):
        if errand.about in waiting:
            continue
        try:
            ERRANDS[errand.what](kernel, group, errand.about, errand.options)
        except HubError as error:
            waiting.add(errand.about)
            cast.refused(errand, error.code)
        else:
            cast.done(errand)


def _links(kernel: Kernel, group: str, cast: Served) -> None:
    """Every page that stands open is told to whoever is to pay by it."""
    if kernel.config(group).collect is None:
        return
    for one in asking.listed(kernel, group):
        if one.state == "open" and one.url:
            cast.linked(one.ask.number, one.url)


def _work(kernel: Kernel, group: str, cast: Served) -> None:
    """What `hub work list` asks for: files are carried, the rest is done where it belongs."""
    for item in work.listed(kernel, group):
        todo = item.todo
        if todo.kind != batches.UPLOAD:
            cast.asked(Request(todo.kind, todo.subject, todo.number, todo.cents))
            continue
        try:
            batch, data = batches.give(kernel, group, todo.number, agent=WHO)
            if cast.carried(batch.name, data):
                batches.uploaded(kernel, group, batch.name, agent=WHO, why="in the portal")
        except HubError:
            continue  # somebody else was faster, or it is busy: the list says it again


def _ask(kernel: Kernel, group: str, number: str, options: Mapping[str, Any]) -> object:
    return asking.ask(kernel, group, number, who=WHO, why=WHY, **options)


def _withdraw(kernel: Kernel, group: str, number: str, options: Mapping[str, Any]) -> object:
    return asking.withdraw(kernel, group, number, who=WHO, why="the patient called")


def _catalogue(kernel: Kernel, group: str, scheme: str, options: Mapping[str, Any]) -> object:
    return catalogue.import_catalogue(kernel, group, scheme, options["data"], agent=WHO)


def _file(kernel: Kernel, group: str, scheme: str, options: Mapping[str, Any]) -> object:
    return batches.make(kernel, group, scheme, agent=WHO)


def _results(kernel: Kernel, group: str, scheme: str, options: Mapping[str, Any]) -> object:
    return answers.import_results(kernel, group, scheme, options["data"], agent=WHO)


def _remittance(kernel: Kernel, group: str, scheme: str, options: Mapping[str, Any]) -> object:
    return money.import_remittance(
        kernel, group, scheme, options["data"], banked=options.get("banked"), agent=WHO
    )


def _correct(kernel: Kernel, group: str, reference: str, options: Mapping[str, Any]) -> object:
    return mending.correct(kernel, group, reference, agent=WHO, why="the plan was mended")


ERRANDS: dict[str, Do] = {
    "ask": _ask,
    "withdraw": _withdraw,
    "catalogue": _catalogue,
    "file": _file,
    "results": _results,
    "remittance": _remittance,
    "correct": _correct,
}
"""What a person types, by the name of an errand."""
