"""The edges: Jupyter, IPython, terminal. Only here are environment, clock and process read."""
