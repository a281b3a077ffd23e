"""Docker's words: requests, flags, handlers, output."""
