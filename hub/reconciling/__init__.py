"""The two sides of a reconciliation: what is here, and what stands at the target."""
