"""Criteria, the gates that pytest collects, the decision, and the pytest plugin."""
