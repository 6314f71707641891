"""The only code that changes the world: one file for each way to bring a release out."""
