"""Results of the same expectations on one batch after the other, put together as if it had been one."""

from __future__ import annotations

from typing import Any

from wavelode.pipelines.quality.checks.suites import SHOWN

_COUNTS = ("element_count", "unexpected_count", "missing_count")
_LISTS = ("partial_unexpected_list", "partial_unexpected_index_list")


class Merged:
    """The results of one suite so far."""

    def __init__(self) -> None:
        self.result: Any = None

    def add(self, result: Any) -> None:
        """Takes in one batch's result, an ``ExpectationSuiteValidationResult``."""
        if self.result is None:
            self.result = result
            return
        for kept, new in zip(self.result.results, result.results, strict=True):
            kept.success = bool(kept.success and new.success)
            _add(kept.result, new.result)
            if new.exception_info.get("raised_exception"):
                kept.exception_info = new.exception_info
        _count(self.result)


def _add(kept: dict[str, Any], new: dict[str, Any]) -> None:
    for name in _COUNTS:
        if name in kept or name in new:
            kept[name] = kept.get(name, 0) + new.get(name, 0)
    for name in _LISTS:
        if kept.get(name) or new.get(name):
            kept[name] = [*(kept.get(name) or []), *(new.get(name) or [])][:SHOWN]
    kept.pop("partial_unexpected_counts", None)
    whole, wrong = kept.get("element_count", 0), kept.get("unexpected_count", 0)
    there = whole - kept.get("missing_count", 0)
    kept["unexpected_percent"] = kept["unexpected_percent_nonmissing"] = 100 * wrong / there if there else 0.0
    kept["unexpected_percent_total"] = 100 * wrong / whole if whole else 0.0
    kept["missing_percent"] = 100 * kept.get("missing_count", 0) / whole if whole else 0.0


def _count(result: Any) -> None:
    held = sum(one.success for one in result.results)
    every = len(result.results)
    result.success = held == every
    result.statistics.update(
        successful_expectations=held,
        unsuccessful_expectations=every - held,
        success_percent=100 * held / every if every else None,
    )
