"""One `hub up` per database: a lease that says who holds it, and the proof that a holder is dead.

A holder that was killed leaves its lease behind. On the machine it ran on, under the same boot and process
namespace, its process id and start time prove that it is gone; from anywhere else its lease must run out.
"""

from __future__ import annotations

import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from hub import leases
from hub.errors import LeaseLost, Misconfigured
from hub.leases import Holder, Lease
from hub.store.session import Store

NAME = leases.UP
SECONDS = 30.0
"""How long the lease lasts, where leases over calls last longer; it is renewed three times in that time."""
_START_TICKS = 19  # fields of /proc/PID/stat after the command's name (proc(5)): state is 0, starttime 19


@dataclass(frozen=True, slots=True)
class Process:
    """A process as written into the lease. `space` is the boot and process namespace, if known."""

    host: str
    pid: int
    started: str
    space: str

    def __str__(self) -> str:
        return f"{self.host} {self.pid} {self.started or '-'} {self.space or '-'}"

    @staticmethod
    def read(owner: str) -> Process:
        """The process of an owner's text; an unreadable one is a process nobody can prove dead."""
        host, pid, started, space = (owner.split(" ") + ["-"] * 4)[:4]
        return Process(
            host, int(pid) if pid.isdigit() else 0, *(w if w != "-" else "" for w in (started, space))
        )

    @staticmethod
    def own() -> Process:
        """This process."""
        host = socket.gethostname().replace(" ", "")[:40]
        return Process(host, os.getpid(), start_of(os.getpid()) or "", _space())


def start_of(pid: int) -> str | None:
    """When a process started, in clock ticks since boot; None where there is none (or no /proc)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[_START_TICKS]


def _space() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:12]


def dead(holder: Process, here: Process) -> bool:
    """Whether the holder is proven to be gone, seen from the process `here`."""
    visible = bool(here.space) and here.space == holder.space
    return visible and start_of(holder.pid) != holder.started


def alive(holder: Process, here: Process) -> bool:
    """Whether the holder is proven to live, seen from the process `here`."""
    return bool(here.space) and here.space == holder.space and start_of(holder.pid) == holder.started


def take(store: Store, seconds: float = SECONDS) -> Lease:
    """The lease of this database for this process.

    Waits for the lease of a holder that may be dead to run out. Raises Misconfigured, saying who holds it,
    for one that lives or renews.
    """
    own = Process.own()
    seen: Holder | None = None
    while True:
        held = leases.holder(store, NAME)
        if held is not None:
            other = Process.read(held.owner)
            if alive(other, own) or (seen is not None and held.until > seen.until):
                raise Misconfigured(sentence(held), code="already-up")
            if dead(other, own):
                leases.end(store, NAME, held.fence)
        lease = leases.take(store, NAME, str(own), seconds)
        if lease is not None:
            return lease
        seen = seen or held
        store.world.sleep(0.5)


def renew(store: Store, lease: Lease, seconds: float = SECONDS) -> Lease:
    """The lease for another while. Raises LeaseLost, saying who took it, after a pause longer than it."""
    try:
        return leases.renew(store, lease, seconds)
    except LeaseLost:
        held = leases.holder(store, NAME)
        who = sentence(held) if held else "Another `hub up` took this database meanwhile."
        raise LeaseLost(who) from None


def sentence(held: Holder) -> str:
    """Who holds a database, for a person."""
    other = Process.read(held.owner)
    return (
        f"`hub up` runs on this database already: process {other.pid} on {other.host} holds it until "
        f"{held.until:%H:%M:%S} UTC and renews that; stop it first."
    )
