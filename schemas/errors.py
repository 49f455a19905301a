"""What can go wrong, in one tree.

::

    WavelodeError
    ├── SettingsError       a setting is unknown, impossible or missing      stops the run before any work
    ├── MissingDependency   an optional package, program or model is absent  stops the run
    ├── StorageError        a file can't be read or written, no space left   stops the run
    └── InputError          one recording or document is bad                 a `Failed` row, the run goes on

Every message is one sentence that says what is wrong, where, and what to do about it.
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why one recording or document could not be used; stable, for tables and queries."""

    NOT_AUDIO = "not_audio"
    TRUNCATED = "truncated"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    UNSAFE_NAME = "unsafe_name"
    MISSING_FILE = "missing_file"
    NOT_A_DOCUMENT = "not_a_document"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no_text"
    NO_ADDRESS = "no_address"
    FORBIDDEN = "forbidden"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    NOT_AS_TOLD = "not_as_told"
    WORKER_DIED = "worker_died"
    TIMED_OUT = "timed_out"
    UNEXPECTED = "unexpected"


class WavelodeError(Exception):
    """The root of everything raised on purpose."""


class SettingsError(WavelodeError):
    """A setting is unknown, has the wrong unit or an impossible value."""


class MissingDependency(WavelodeError):
    """A package, program or model that this run needs is not there; the message holds the install line."""


class StorageError(WavelodeError):
    """A file of the output could not be read or written."""


class InputError(WavelodeError):
    """One recording or document can't be used.

    Args:
        code: the stable name of what is wrong.
        message: one sentence for a person.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[InputError], tuple[ErrorCode, str]]:
        return InputError, (self.code, self.message)
