"""Registers the plugin for the checkout, nothing else."""

import sys

# The entry point of an installed Tidegate has registered it already, and then this file may be anywhere.
if "gates.plugin" not in sys.modules:
    pytest_plugins = ["gates.plugin"]
