"""Helpers for our tests and for authors of plug-ins."""
