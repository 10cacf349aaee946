"""Real kills: the whole process tree of `hub up` on both databases, and books that agree all the same."""
