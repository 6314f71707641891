"""What a `/metrics` page holds: samples by name and labels, and the types that it declares."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

#: A sample's name, and its labels sorted by name.
Key: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]

#: What only goes up, by the type of its family and the end of the sample's name.
_COUNTING: Mapping[str, tuple[str, ...]] = {
    "counter": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "summary": ("_count", "_sum"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page. `types`: by the name of the family, in the words of the format (`counter`, `histogram`, ...)."""

    samples: Mapping[Key, float]
    types: Mapping[str, str]

    def named(self, name: str) -> Iterator[tuple[Mapping[str, str], float]]:
        """Labels and value of every sample of this name."""
        for (known, labels), value in self.samples.items():
            if known == name:
                yield dict(labels), value

    def counts(self, name: str) -> bool:
        """Whether samples of this name are counters, by what the page declares."""
        for kind, suffixes in _COUNTING.items():
            for suffix in suffixes:
                family = name.removesuffix(suffix) if suffix else name
                if name.endswith(suffix) and self.types.get(family) == kind:
                    return True
        # OpenMetrics: the family `x` has the sample `x_total`.
        return name.endswith("_total") and self.types.get(name.removesuffix("_total")) == "counter"


def shown(key: Key) -> str:
    """A sample as the page writes it: `name{a="b"}`."""
    name, labels = key
    pairs = ",".join(f'{label}="{value}"' for label, value in labels)
    return f"{name}{{{pairs}}}" if pairs else name
