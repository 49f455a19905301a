"""The listing of an archive: the same as lists in memory would give, and no list in memory."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.listing import Listing, Named, Printed, stem
from wavelode.schemas.records import Source

NAMES = st.text(st.sampled_from("aAbß/ .-é\udc80"), min_size=1, max_size=5)


def slow_ids(names: list[str], addresses: list[str]) -> list[str]:
    """All names at once: itself where it may be and is the only one, else with a hash of its address."""
    flat = [name.replace("/", "__") for name in names]
    plain = [re.sub(r"[^\w.-]+", "-", name).strip(".-") for name in flat]
    often = Counter(name.casefold() for name in plain)
    found = []
    for own, other, address in zip(plain, flat, addresses, strict=True):
        digest = hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        keeps = own == other and often[own.casefold()] == 1 and len(own.encode()) <= 120
        found.append(own if keeps else f"{own.encode()[:120].decode(errors='ignore')}-{digest}")
    return found


@given(st.lists(st.tuples(NAMES, st.lists(NAMES, max_size=2)), max_size=8), st.lists(NAMES, max_size=3))
def test_a_listing_is_what_lists_in_memory_give(
    recordings: list[tuple[str, list[str]]], stray: list[str]
) -> None:
    """Names that are no text, that differ by case, that are there twice; documents of several recordings."""
    audio = [f"{name}{at}.mp3" for at, (name, _) in enumerate(recordings)]
    papers = [tuple(f"{name}.pdf" for name in names) for _, names in recordings]
    listing = Listing(
        (
            Named(at + 1, recordings[at][0], Source("", audio[at], f"l{at}", station="\udc80"), papers[at])
            for at in range(len(recordings))
        ),
        (
            Printed("", f"{name}.pdf", "und")
            for name in stray
            if f"{name}.pdf" not in {p for ps in papers for p in ps}
        ),
    )
    uris = list(
        dict.fromkeys([*(uri for of_one in papers for uri in of_one), *(f"{name}.pdf" for name in stray)])
    )
    of_uri = dict(zip(uris, slow_ids([stem(uri) for uri in uris], uris), strict=True))
    ids = slow_ids([name for name, _ in recordings], audio)
    wanted = [
        Source(id_, uri, f"l{at}", tuple(of_uri[name] for name in papers[at]), station="\udc80")
        for at, (id_, uri) in enumerate(zip(ids, audio, strict=True))
    ]
    assert list(listing.sources()) == sorted(wanted, key=lambda source: source.recording_id)
    languages = {uri: f"l{at}" for at, of_one in enumerate(papers) for uri in of_one}
    assert list(listing.documents()) == sorted(
        (Printed(id_, uri, languages.get(uri, "und")) for uri, id_ in of_uri.items()),
        key=lambda printed: printed.document_id,
    )
    assert (len(listing), listing.num_documents) == (len(recordings), len(uris))
    twice = [at + 1 for at, (name, _) in enumerate(recordings) if name in [n for n, _ in recordings[:at]]]
    found = listing.twice()
    assert (found[0] if found else None) == (twice[0] if twice else None)


def test_a_listing_is_looked_into_and_what_was_removed_is_gone() -> None:
    listing = Listing(Named(at, f"r{at}", Source("", f"r{at}.mp3", "hi")) for at in range(1, 6))
    assert len(list(listing.sources(2))) == 2
    listing.remove(["r3", "nobody"])
    assert [source.recording_id for source in listing.sources()] == ["r1", "r2", "r4", "r5"]


@given(st.text("a./b\n", max_size=8))
def test_an_address_without_its_suffix_is_what_pathlib_says(address: str) -> None:
    path = PurePosixPath(address)
    wanted = str(path.with_suffix("")) if path.name else address
    assert stem(address) == wanted
