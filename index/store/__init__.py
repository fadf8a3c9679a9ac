"""One immutable generation on disk: written, read, checked."""
