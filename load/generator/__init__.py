"""What runs in the processes that generate load. Nothing outside of this folder imports it: it imports Locust, which
patches the standard library."""
