"""Builds at GitHub: how one is getting on, why it failed, and acts on it."""
