"""Environment variables of Coolify's applications: plans, copies and the way back."""
