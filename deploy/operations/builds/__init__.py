"""Acts on builds at GitHub: each asks first whether its deed is done, and reads it back until GitHub shows it."""
