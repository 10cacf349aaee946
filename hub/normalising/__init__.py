"""The parts of normalising: which bundles are waiting, how one is put together, and what follows from it."""
