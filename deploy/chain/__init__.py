"""The delivery chain as it is now, as values: asked of all systems at once, read without a word of prose."""
