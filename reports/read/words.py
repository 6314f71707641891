"""Counts in words."""


def counted(number: int, noun: str) -> str:
    """`1 test`, `2 tests`, `1,000 tests`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
