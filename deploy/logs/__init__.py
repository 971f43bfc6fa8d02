"""The last lines that an application's container printed."""
