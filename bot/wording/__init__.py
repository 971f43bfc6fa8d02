"""Every sentence that fisk says, apart from the errors' own: one truth, then what to do next."""
