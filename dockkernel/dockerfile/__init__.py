"""From text to typed instructions. No file system, no images."""
