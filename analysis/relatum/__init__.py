"""relatum."""
