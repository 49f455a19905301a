"""What a step uses while it runs: time, processor, and a GPU where NVIDIA's library can be asked."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

_EVERY_S = 0.1

Asked = Callable[[], float]
"""How busy a GPU is now, 0 to 1."""


@dataclass(slots=True)
class Usage:
    """Of one step.

    Attributes:
        seconds: by the clock.
        cpu_s: of processor, by this process and those it has waited for: above `seconds` where several cores work.
        gpu_s: in which the GPU was busy, with whatever process; None where nobody can be asked.
    """

    seconds: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float | None = None


@contextmanager
def used(gpu: Asked | None = None) -> Iterator[Usage]:
    """What is used inside the ``with``; the fields are filled at its end.

    Args:
        gpu: asked ten times a second; by default the first GPU that this process may use.
    """
    told, asked = Usage(), gpu or first_gpu()
    with _sampled(asked) as samples:
        begun, cpu = time.monotonic(), _cpu_s()
        try:
            yield told
        finally:
            told.seconds, told.cpu_s = time.monotonic() - begun, _cpu_s() - cpu
    if asked is not None:
        told.gpu_s = told.seconds * sum(samples) / len(samples)


@contextmanager
def _sampled(asked: Asked | None) -> Iterator[list[float]]:
    """The answers of a thread that asks over and over, one at least."""
    if asked is None:
        yield []
        return
    samples: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(_EVERY_S):
            samples.append(asked())

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()
        samples.append(asked())


def _cpu_s() -> float:
    return sum(os.times()[:4])


@cache
def first_gpu() -> Asked | None:
    """Asks NVML about the first GPU of CUDA_VISIBLE_DEVICES; None without the ``gpu`` extra, or without a GPU."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handle = _handle(pynvml, os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0])
        pynvml.nvmlDeviceGetUtilizationRates(handle)
    except (pynvml.NVMLError, OSError):
        return None

    def busy() -> float:
        try:
            return float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100
        except pynvml.NVMLError:
            return 0.0

    return busy


def _handle(nvml: Any, device: str) -> Any:
    """Of a device by its number or its UUID."""
    if device.isdigit():
        return nvml.nvmlDeviceGetHandleByIndex(int(device))
    return nvml.nvmlDeviceGetHandleByUUID(device)
