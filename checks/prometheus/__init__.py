"""Asks Prometheus for values: queries, how they are made, and what their answers are evidence of."""
