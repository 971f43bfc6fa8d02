"""Copying environment variables between applications, and putting them back."""
