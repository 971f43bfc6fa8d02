"""From one target to the next: promote, follow, and what an image must have run for first."""
