"""Load profiles and their runs with Locust: looks at a target under load and returns what it measured."""
