"""The only Dagster code: thin shells over hub functions. It conducts; the queue is the hub's database."""
