"""The parts of pulling: a run over a stream, what is fetched for it, and how that is kept."""
