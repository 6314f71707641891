"""Hosts as a user of them sees them: one shell session for each, and the facts that are read in it."""
