"""The stock-quote service's own tests, which the demo environment runs and judges."""
