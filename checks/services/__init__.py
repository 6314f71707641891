"""Looks at data services through their own clients; one checker for each kind, see `seam`."""
