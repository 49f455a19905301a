"""Work in batches that shrink where the device's memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from wavelode.schemas.errors import WavelodeError

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def in_batches(
    work: Callable[[Sequence[_In]], list[_Out]], items: Sequence[_In], batch_size: int
) -> tuple[list[_Out], int]:
    """One result per item, in order, and the batch size that fitted: halved each time memory ran out.

    >>> in_batches(lambda batch: [len(batch)] * len(batch), "abcde", 2)
    ([2, 2, 2, 2, 1], 2)

    Raises:
        WavelodeError: if not even one item fits.
    """
    results: list[_Out] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + batch_size]
        try:
            results += work(batch)
        except (RuntimeError, MemoryError) as error:
            if not _out_of_memory(error):
                raise
            if batch_size == 1:
                raise WavelodeError(
                    "the model's device has no memory for even one segment; use a smaller model, a smaller "
                    "compute type or --device cpu"
                ) from error
            batch_size = max(1, min(batch_size, len(batch)) // 2)
    return results, batch_size


def _out_of_memory(error: Exception) -> bool:
    """CTranslate2, onnxruntime and torch all say it in words only."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "failed to allocate memory" in said
