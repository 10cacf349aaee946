"""Sandboxes: stateful imitations of the vendors' systems, for tests, the demo and third parties.

Each system is a package exporting `SANDBOX` (see `connectors.sandbox.store.Handler`). Sandboxes imitate the
vendor, not our use of it: they import nothing from the hub.
"""
