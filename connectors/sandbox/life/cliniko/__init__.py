"""The three locations on the first practice system, in the words of its staff, and what happens there."""
