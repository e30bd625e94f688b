"""The built-in kinds, one module each, with a `KIND` in it."""
