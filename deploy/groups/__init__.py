"""Several targets as one operation."""
