"""Readers of report files, one per format; each says what the file holds or why it can't be believed."""
