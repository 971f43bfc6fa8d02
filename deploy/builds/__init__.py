"""Builds at GitHub: progress, causes of failure, and operations on them."""
