"""Sound in and out: any file to 16 kHz mono samples in chunks, samples to FLAC and back.

Decoding runs in constant memory whatever the length. What was decoded is the truth about a file's length;
headers only serve to notice that a file breaks off.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency, StorageError
from wavelode.schemas.settings import DecodeSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

if TYPE_CHECKING:
    import av

VERSION = "2"
"""Raised whenever the code below gives other samples for the same file."""

Samples = NDArray[np.int16]

_FULL_SCALE = 32_768.0
_MISSING_SHARE = 0.01
_MISSING_S = 1.0
_LEAST_LEAP_S = 0.05
"""Time stamps round to less than that."""
_RIFF_UNKNOWN = 0x7FFF_F000
"""Who writes a wav into a pipe puts this or more for its length."""
_MPEG1_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(slots=True)
class Decoder:
    """One pass over a sound file; the fields are filled as it goes.

    Attributes:
        native_sample_rate_hz, channels: what the file holds, known once the first chunk is out.
        num_samples: samples given out so far, at the working rate.
        damaged_packets: how many packets could not be decoded and were passed over.
        skipped_s: by how much time stamps leap over sound that is not there; no silence is put in its place.
        streams: every stream of the file in a line, video and subtitles too.
    """

    path: Path
    settings: DecodeSettings
    native_sample_rate_hz: int = 0
    channels: int = 0
    num_samples: int = 0
    damaged_packets: int = 0
    skipped_s: float = 0.0
    streams: tuple[str, ...] = ()
    _last_packet: bytes = b""
    _next_s: float | None = None

    def chunks(self) -> Iterator[Samples]:
        """16 kHz mono samples, about one second at a time, each (T,).

        Raises:
            InputError: not_audio, truncated or too_long.
            MissingDependency: without the `listen` extra.
        """
        container = _open(self.path)
        with container:
            stream = self._audio_stream(container)
            for chunk in self._resampled(container, stream):
                self.num_samples += len(chunk)
                self._refuse_endless()
                yield chunk
            self._refuse_silence_and_breaks(container, stream)

    def _audio_stream(self, container: av.container.InputContainer) -> Any:
        self.streams = tuple(_told(stream) for stream in container.streams)
        if not container.streams.audio:
            raise InputError(
                ErrorCode.NOT_AUDIO,
                f"{self.path.name}: the file holds no audio track; remove it or replace it",
            )
        stream = container.streams.audio[0]
        if not (stream.rate and stream.channels):
            raise _not_audio(self.path)
        self.native_sample_rate_hz, self.channels = stream.rate, stream.channels
        return stream

    def _resampled(self, container: Any, stream: Any) -> Iterator[Samples]:
        import soxr

        rate = self.native_sample_rate_hz
        to_working = soxr.ResampleStream(rate, WORKING_RATE_HZ, 1, dtype="float32", quality="HQ")
        for second in self._seconds(container, stream):
            yield _int16(to_working.resample_chunk(_mono(second.to_ndarray())))
        yield _int16(to_working.resample_chunk(np.zeros(0, np.float32), last=True))

    def _seconds(self, container: Any, stream: Any) -> Iterator[Any]:
        """Frames of a second as floats at the file's first rate, though a spliced file may change on its way."""
        import av

        held: Any = None
        kind: tuple[Any, ...] = ()
        for frame in self._frames(container, stream):
            self._note_leap(frame)
            if kind != (kind := (frame.format.name, frame.layout.name, frame.sample_rate)):
                yield from held.resample(None) if held else ()
                rate = self.native_sample_rate_hz
                held = av.AudioResampler("fltp", rate=rate, frame_size=rate)
            yield from held.resample(frame)
        yield from held.resample(None) if held else ()

    def _note_leap(self, frame: Any) -> None:
        if frame.pts is None or not frame.sample_rate:
            return
        starts_s = float(frame.pts * frame.time_base)
        leap_s = starts_s - self._next_s if self._next_s is not None else 0.0
        self.skipped_s += leap_s if leap_s >= _LEAST_LEAP_S else 0.0
        self._next_s = starts_s + frame.samples / frame.sample_rate

    def _frames(self, container: Any, stream: Any) -> Iterator[Any]:
        import av

        try:
            for packet in container.demux(stream):
                if packet.size:
                    self._last_packet = bytes(packet)
                try:
                    yield from packet.decode()
                except av.error.InvalidDataError:
                    self.damaged_packets += 1
        except av.error.FFmpegError as error:
            if self.num_samples == 0:
                raise _not_audio(self.path) from error
            self._broken_off(
                f"reading stopped after {self.num_samples / WORKING_RATE_HZ:.0f} s ({error.strerror})"
            )

    def _refuse_endless(self) -> None:
        if self.num_samples > self.settings.max_duration_h * 3600 * WORKING_RATE_HZ:
            raise InputError(
                ErrorCode.TOO_LONG,
                f"{self.path.name}: longer than {self.settings.max_duration_h:g} h; "
                "split it or raise decode.max_duration_h",
            )

    def _refuse_silence_and_breaks(self, container: Any, stream: Any) -> None:
        if self.num_samples == 0:
            raise _not_audio(self.path)
        decoded_s = self.num_samples / WORKING_RATE_HZ
        missing = _bytes_missing(self._last_packet) if "mp3" in container.format.name else 0
        if missing:
            self._broken_off(f"the last frame lacks {missing} bytes, after {decoded_s:.0f} s")
        declared_s = _declared_seconds(container, stream) or decoded_s * _riff_share(self.path)
        if declared_s - decoded_s > max(_MISSING_S, _MISSING_SHARE * declared_s):
            self._broken_off(f"{decoded_s:.0f} s of the {declared_s:.0f} s it declares are there")

    def _broken_off(self, how: str) -> None:
        if not self.settings.accept_truncated:
            raise InputError(
                ErrorCode.TRUNCATED,
                f"{self.path.name}: the recording breaks off: {how}; "
                "fetch it again, or set decode.accept_truncated to use what is there",
            )


def _open(path: Path) -> Any:
    try:
        import av
    except ImportError as error:
        raise MissingDependency("decoding needs PyAV: pip install 'wavelode[listen]'") from error
    try:
        return av.open(str(path), metadata_errors="ignore")
    except FileNotFoundError as error:
        raise InputError(
            ErrorCode.MISSING_FILE, f"{path.name}: there is no such file; check the path"
        ) from error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _not_audio(path) from error


def _told(stream: Any) -> str:
    """A stream in a line: ``audio mp3 44100 Hz 2 ch``, ``video h264 1280x720``."""
    codec = stream.codec_context
    words = [stream.type or "unknown", codec.name if codec else "unknown"]
    if stream.type == "audio" and codec:
        words += [f"{codec.sample_rate} Hz", f"{codec.channels} ch"]
    if stream.type == "video" and codec:
        words.append(f"{codec.width}x{codec.height}")
    return " ".join(words)


def _not_audio(path: Path) -> InputError:
    return InputError(
        ErrorCode.NOT_AUDIO,
        f"{path.name}: no sound can be decoded from it; check that it is a recording and fetch it again",
    )


def _declared_seconds(container: Any, stream: Any) -> float:
    """The length the header promises; 0 where it is only a guess from the file's size."""
    if container.format.name in {"mp3", "aac", "ac3", "wav"} or stream.duration is None:
        return 0.0
    return float(stream.duration * stream.time_base)


def _riff_share(path: Path) -> float:
    """How many times as long as it is a wav file says it is; 1 where its writer did not know."""
    with path.open("rb") as file:
        head = file.read(12)
    declared = int.from_bytes(head[4:8], "little") + 8
    known = head[:4] == b"RIFF" and 8 < declared < _RIFF_UNKNOWN
    return declared / path.stat().st_size if known else 1.0


def _bytes_missing(packet: bytes) -> int:
    """How many bytes a last mp3 frame lacks, from its own header (ISO/IEC 11172-3, 2.4.1.3, layer III)."""
    if len(packet) < 4 or packet[0] != 0xFF or packet[1] & 0xE6 != 0xE2:
        return 0
    mpeg1, mpeg25 = packet[1] & 0x18 == 0x18, packet[1] & 0x18 == 0
    rate_index, kbps_index = packet[2] >> 2 & 3, packet[2] >> 4
    if rate_index == 3 or kbps_index in (0, 15):
        return 0
    rate_hz = (44_100, 48_000, 32_000)[rate_index] // (1 if mpeg1 else 4 if mpeg25 else 2)
    kbps = (_MPEG1_KBPS if mpeg1 else _MPEG2_KBPS)[kbps_index]
    frame_bytes = (144 if mpeg1 else 72) * kbps * 1000 // rate_hz + (packet[2] >> 1 & 1)
    return max(0, frame_bytes - len(packet))


def declared_seconds(path: Path) -> float:
    """A guess at a file's length from its header, for progress bars; 0 where there is none."""
    try:
        with _open(path) as container:
            return float(container.duration or 0) / 1e6
    except InputError:
        return 0.0


def _mono(channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean (T,) of channels (C, T), which can't clip; what is no number is silence."""
    mean: NDArray[np.float32] = channels.mean(axis=0, dtype=np.float32)
    return np.nan_to_num(mean, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _int16(samples: NDArray[np.float32]) -> Samples:
    scaled = np.rint(samples * _FULL_SCALE)
    clipped: Samples = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return clipped


def decoded(path: Path, settings: DecodeSettings) -> Iterator[Samples]:
    """`Decoder.chunks` for whoever needs only the samples."""
    yield from Decoder(path, settings).chunks()


def cut(path: Path, spans: list[Span], settings: DecodeSettings) -> Iterator[Samples]:
    """The samples of each span, in order, in one pass that holds no more than the spans in hand.

    Args:
        spans: sorted by start, at the working rate; they may overlap.

    Raises:
        InputError: as `Decoder.chunks`.
        ValueError: if a span ends after the recording.
    """
    waiting = list(reversed(spans))
    kept, kept_from = np.zeros(0, np.int16), 0
    for chunk in decoded(path, settings):
        kept = np.concatenate([kept, chunk])
        end = kept_from + len(kept)
        while waiting and waiting[-1].end <= end:
            span = waiting.pop()
            yield kept[span.start - kept_from : span.end - kept_from].copy()
        if not waiting:
            return
        drop = min(waiting[-1].start, end) - kept_from
        if drop > 0:
            kept, kept_from = kept[drop:], kept_from + drop
    if waiting:
        raise ValueError(f"{path.name}: {waiting[-1]} ends after the recording")


def encode_flac(samples: Samples, rate: int = WORKING_RATE_HZ) -> bytes:
    """16-bit mono FLAC of samples (T,); the same samples give the same bytes."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


class _Onward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile tells no types
    """Read once, from its beginning to its end.

    Around each read of a file that can seek, soundfile asks where it is and seeks to where it then is; in FLAC that
    costs a fifth of all decoding.
    """

    def seekable(self) -> bool:
        return False


def decode_flac(data: bytes, room: NDArray[np.float32] | None = None) -> tuple[NDArray[np.float32], int]:
    """Samples (T,) in [-1, 1) and their rate in Hz.

    Args:
        room: where they are put if there are as many as it holds; else it stays as it is.
    """
    with _Onward(io.BytesIO(data)) as file:
        return _read(file, file.frames, room), int(file.samplerate)


def _read(file: Any, frames: int, room: NDArray[np.float32] | None) -> NDArray[np.float32]:
    fits = room is not None and room.shape == (frames,) and file.channels == 1
    samples: NDArray[np.float32] = file.read(frames, dtype="float32", out=room if fits else None)
    return samples


@dataclass(frozen=True, slots=True)
class Part:
    """Samples (T,) in [-1, 1) of a longer sound: from `start` on, of `total`, at `rate` Hz."""

    samples: NDArray[np.float32]
    start: int
    total: int
    rate: int


def decode_flac_part(data: bytes, seconds: float, at: float, room: NDArray[np.float32] | None = None) -> Part:
    """So many seconds of a FLAC, and no more of it decoded than them.

    Args:
        at: how late they begin, from 0 (at the beginning) to 1 (as late as can be).
        room: as in `decode_flac`.
    """
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        wanted = min(round(seconds * file.samplerate), file.frames)
        start = min(int(at * (file.frames - wanted + 1)), file.frames - wanted)
        file.seek(start)
        return Part(_read(file, wanted, room), start, file.frames, file.samplerate)


@dataclass(frozen=True, slots=True)
class Waveform:
    """Decoded samples at the working rate, resting in a file of 16-bit integers and read by span."""

    path: Path
    num_samples: int

    def read(self, span: Span) -> NDArray[np.float32]:
        """Samples (T,) in [-1, 1)."""
        return self.read_int16(span).astype(np.float32) / _FULL_SCALE

    def read_int16(self, span: Span) -> Samples:
        with self.path.open("rb") as file:
            file.seek(2 * span.start)
            return np.fromfile(file, np.int16, len(span))


def _write_all(file: io.FileIO, chunk: Samples) -> None:
    """As numpy's own `tofile`, which doesn't say why it stopped."""
    left = memoryview(chunk.tobytes())
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{file.name}: can't write decoded sound ({why}); free space") from error


def decode_to(scratch: Path, decoder: Decoder) -> Waveform:
    """Decodes a whole recording into `scratch`, so that stages read it by span.

    Raises:
        InputError: as `Decoder.chunks`.
        StorageError: where the disk refuses.
    """
    with scratch.open("wb", buffering=0) as file:
        for chunk in decoder.chunks():
            _write_all(file, chunk)
    return Waveform(scratch, decoder.num_samples)
