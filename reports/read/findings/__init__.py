"""Readers of what scanners report, one format per file; each hands what it finds to a Collector."""
