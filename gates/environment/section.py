"""What all sections of an environment file share: unknown keys are refused and nothing changes after reading."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A mapping of the file with known keys. Sections are immutable."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        # Schemas are built once, for the whole environment, when the first one is read.
        defer_build=True,
        arbitrary_types_allowed=True,
    )
