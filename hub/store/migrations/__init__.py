"""The database's versions; the hub's own tables only."""
