"""Watches a release: judges a stage again and again, and counts what was confirmed."""
