"""Where images come from: the embedded catalog, catalog directories, remote registries."""
