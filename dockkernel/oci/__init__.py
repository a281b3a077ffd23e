"""The words of the OCI specs as values: digests, descriptors, manifests, configs, references. No I/O."""
