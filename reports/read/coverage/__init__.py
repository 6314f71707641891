"""Readers of coverage reports: one file per format, recognised by what the file holds."""
