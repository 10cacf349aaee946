"""How a replay is chosen and worked through."""
