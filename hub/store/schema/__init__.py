"""The schema in four parts; `hub.store.tables` gathers them under one name."""
