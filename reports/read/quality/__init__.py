"""Readers of what tools say about quality: complexity, duplication, quality gates, pages, durations."""
