"""Deterministic simulation: the real kernel in one process under virtual clocks, seeded faults and deaths.

Everything that happens follows from one seed. What is simulated lies below the kernel: the database's commit,
the HTTP transport and the clock; the kernel, connectors and mappings run as they are. `docs/simulation.md`
says what it proves and what it does not.
"""
