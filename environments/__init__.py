"""Environment files; this package holds data only."""
