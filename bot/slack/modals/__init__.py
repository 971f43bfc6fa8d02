"""Forms that ask for what a line needs, and end in that line."""
