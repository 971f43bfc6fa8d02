"""What changed lately, for whoever looks for a cause."""
