"""The names that users' own gate files import."""
