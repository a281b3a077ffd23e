"""BuildKit's way to build: a graph of operations, of which only what the target needs is done, side by side."""
