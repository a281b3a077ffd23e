"""Images as values over a blob reader: layers, flattening, editing."""
