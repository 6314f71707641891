"""Renderers: values in, text out. None of them writes a file."""
