"""How deliveries go out: taking a batch, one call, settling element by element, looking up the unknown."""
