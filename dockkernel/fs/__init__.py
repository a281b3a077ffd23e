"""A layered file system as immutable values: nodes, trees, changes, and their form as tar."""
