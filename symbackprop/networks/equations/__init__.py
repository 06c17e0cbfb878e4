"""An author's own forward equations, from the tree that was read to definitions in index form."""
