"""The demo target: a small stock-quote service with fault switches."""
