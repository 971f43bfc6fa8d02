"""Every rule of the build authority, checked against reality."""
