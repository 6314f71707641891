"""Readers of what load generators write: Locust, k6, JMeter."""
