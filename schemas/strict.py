"""The base of all settings: what it doesn't know it refuses."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Settings that are frozen and hold no key they don't declare."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
