"""The environment file: what it may say, how it is read, merged and checked."""
