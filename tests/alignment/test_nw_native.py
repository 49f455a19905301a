"""The core without Python: under sanitizers, and as arm64 code in an emulator."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "alignment/csrc"
PROGRAMS = {"bind.cpp", "selftest.cpp", "fuzz.cpp"}
SANITIZED = ["-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def compiler(*names: str) -> str:
    """The first of these that is installed, or the test is skipped."""
    found = next((name for name in names if shutil.which(name)), None)
    if found is None:
        pytest.skip(f"needs a C++ compiler: none of {', '.join(names)} is installed")
    return found


def run(*command: str | Path, folder: Path | None = None) -> str:
    """What a command prints, run in `folder`; where it fails, all it says is in the error."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def build(folder: Path, cxx: str, flags: list[str], sources: list[Path], extra: dict[str, str]) -> list[Path]:
    """Objects of these sources; `extra` names one more flag for some of them."""

    def compiled(source: Path) -> Path:
        target = folder / f"{source.stem}.o"
        more = [extra[source.name]] if source.name in extra else []
        run(cxx, "-std=c++17", *flags, *more, "-c", source, "-o", target)
        return target

    with ThreadPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2) as pool:
        return list(pool.map(compiled, sources))


def core() -> list[Path]:
    """All sources of the core, the slowest to compile first."""
    found = [path for path in SOURCES.glob("*.cpp") if path.name not in PROGRAMS]
    return sorted(found, key=lambda path: path.name not in {"band_avx2.cpp", "band_portable.cpp"})


def sanitizers_work(folder: Path, cxx: str) -> bool:
    """Whether this compiler brings the libraries that sanitized programs need."""
    (folder / "nothing.cpp").write_text("int main() {}\n")
    target = folder / "nothing"
    made = subprocess.run(
        [cxx, *SANITIZED, str(folder / "nothing.cpp"), "-o", str(target)], capture_output=True
    )
    return made.returncode == 0 and subprocess.run([str(target)], capture_output=True).returncode == 0


def test_no_sanitizer_complains(tmp_path: Path) -> None:
    """Out-of-bounds reads and writes, undefined shifts and sums, leaks. AVX-512 is left to the build in docs/nw.md."""
    cxx = compiler("g++", "clang++")
    if not sanitizers_work(tmp_path, cxx):
        pytest.skip(f"{cxx} can't build with AddressSanitizer and UndefinedBehaviorSanitizer here")
    extra = {"band_avx2.cpp": "-mavx2"} if platform.machine() in {"x86_64", "AMD64"} else {}
    programs = [SOURCES / "selftest.cpp", SOURCES / "fuzz.cpp"]
    objects = build(tmp_path, cxx, SANITIZED, [*core(), *programs], extra)
    shared = [path for path in objects if path.stem not in {"selftest", "fuzz"}]
    for name in ("selftest", "fuzz"):
        run(cxx, *SANITIZED, *shared, tmp_path / f"{name}.o", "-o", tmp_path / name, "-lpthread")
    assert "20 problems agree" in run(tmp_path / "selftest", "20", "1")
    # Numbers at the limits of 32 bits are asked for; what does not fit must be refused, not computed.
    assert "25 inputs agree" in run(tmp_path / "fuzz", "--random", "25", "5", folder=tmp_path)


def test_neon_in_an_emulator(tmp_path: Path) -> None:
    """Debian: g++-aarch64-linux-gnu and qemu-user."""
    cxx, emulator = compiler("aarch64-linux-gnu-g++"), shutil.which("qemu-aarch64")
    if emulator is None:
        pytest.skip("needs qemu-aarch64, Debian's qemu-user")
    objects = build(tmp_path, cxx, ["-O1"], [*core(), SOURCES / "selftest.cpp"], {})
    run(cxx, "-static", *objects, "-o", tmp_path / "selftest", "-lpthread")
    said = run(emulator, tmp_path / "selftest", "60", "3")
    assert "60 problems agree on: neon" in said
