"""Planted defects that the simulation alone must find: `python -m tests.mutations`.

Each is one way in which a careful person gets this wrong. A defect that no schedule finds says that the
simulation, or a check of it, is too weak.
"""
