"""The only Dagster code: thin shells over hub functions. Dagster conducts; the queue is the hub's database."""
