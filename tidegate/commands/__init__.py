"""The commands of `tidegate`, one per file: `add_arguments(parser)` and `run(args) -> int`."""
