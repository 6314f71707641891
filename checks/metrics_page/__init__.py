"""Reads `/metrics` pages without any server: two scrapes and their difference."""
