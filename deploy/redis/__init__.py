"""The connection to Redis or Valkey, and the primitives built on it."""
