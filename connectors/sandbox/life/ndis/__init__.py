"""A funding scheme in the group's life: who is billed to it, what it pays, who carries the files."""
