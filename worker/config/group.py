"""What every group of settings is: frozen, and nothing in it but what it declares."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that are used together. A field is named like its setting, in lower case; else its alias names it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=str.upper, validate_by_name=True, validate_by_alias=True
    )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of its settings as the files write them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())
