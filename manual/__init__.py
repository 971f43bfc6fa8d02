"""What the documentation has beyond what people write: lists made from the code, and played transcripts."""
