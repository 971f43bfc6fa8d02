"""Every sentence that the views say, a module for each noun; an error's own sentence stands with the error."""
