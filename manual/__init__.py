"""What the documentation's site has beyond the pages in docs/: the parts that are made from the code."""
