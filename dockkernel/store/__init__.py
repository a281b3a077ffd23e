"""Content-addressed blobs: on disk as an OCI image layout, or in memory."""
