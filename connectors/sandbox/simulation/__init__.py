"""Short clinic lives for deterministic simulation: fresh systems in memory, acts of people, witnesses.

A plugin of the simulation (entry point `clinic_hub.simulations`). Further systems and stories are rows of
`systems.SYSTEMS` and `stories.STORIES`.
"""
