"""The way to Redis or Valkey, and the primitives that stand on it."""
