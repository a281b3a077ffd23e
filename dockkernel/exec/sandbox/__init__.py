"""Real executors for hosts that allow them."""
