"""``wavelode bench loader``: one order for anybody, kills, padding, millions of clips, other loaders, S3.

The clips are made here; peers that are not installed are named and left out. All run on the same clips with the same
decoder, each epoch by two processes that begin together.
"""

from __future__ import annotations

from wavelode.infra.bench.loader.run import main

__all__ = ["main"]
