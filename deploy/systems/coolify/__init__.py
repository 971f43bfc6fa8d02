"""Coolify: which image an application is set to, the deployments that run it, and its environment variables."""
