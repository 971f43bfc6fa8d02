"""What fisk's memory may have lost, by what the systems show."""
