"""Values and rules that everybody shares; imports nothing else of fisk's."""
