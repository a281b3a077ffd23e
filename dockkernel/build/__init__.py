"""From typed instructions to a graph to an image."""
