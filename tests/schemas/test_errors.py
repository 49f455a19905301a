from __future__ import annotations

import pickle

import pytest

from wavelode.schemas.errors import (
    ErrorCode,
    InputError,
    MissingDependency,
    SettingsError,
    StorageError,
    WavelodeError,
)


@pytest.mark.parametrize("code", ErrorCode)
def test_an_input_error_survives_the_way_back_from_a_worker(code: ErrorCode) -> None:
    """An error that can't be pickled reaches the engine as something unexpected."""
    back = pickle.loads(pickle.dumps(InputError(code, "a.mp3: it breaks off")))
    assert (type(back), back.code, back.message, str(back)) == (
        InputError,
        code,
        *2 * ["a.mp3: it breaks off"],
    )


@pytest.mark.parametrize("kind", [SettingsError, MissingDependency, StorageError, WavelodeError])
def test_what_stops_a_run_survives_too(kind: type[WavelodeError]) -> None:
    """A missing model noticed in a worker must stop the run with its own sentence."""
    back = pickle.loads(pickle.dumps(kind("give --out")))
    assert (type(back), str(back)) == (kind, "give --out")


@pytest.mark.parametrize("kind", [InputError, SettingsError, MissingDependency, StorageError])
def test_all_errors_have_one_root(kind: type[Exception]) -> None:
    """The command line shows what has this root as a sentence and all else as a bug."""
    assert issubclass(kind, WavelodeError)


def test_codes_are_fit_for_tables() -> None:
    """Codes are queried for; their spelling must not drift from their names."""
    assert all(code == code.name.lower() for code in ErrorCode)
