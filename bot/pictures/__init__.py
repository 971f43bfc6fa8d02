"""Pictures of figures, drawn by a process of its own: what it takes leaves with it."""
