"""The chain at a glance, and one commit's way along it."""
