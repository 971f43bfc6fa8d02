"""All texts of the views, a module per noun; an error's text is defined with the error."""
