"""BuildKit on its host: what runs on it, and restarting it."""
