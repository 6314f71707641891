"""Scanners that Tidegate runs itself: one seam (`run.scan`), one file per tool. A run that proves nothing is a Gap."""
