"""The portable executor: a shell library over our own file system, everywhere."""
