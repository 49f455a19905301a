"""A Google Cloud Storage server on this machine (gcp-storage-emulator) that is at times busy.

It is a process of its own: Arrow reads from a Google bucket while it holds the interpreter's lock, so that a server in
the same process could never answer. Only reads are turned away: after an upload that failed the emulator has lost count
of what it holds.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer

BUCKET = "corpus"


@contextmanager
def google_server(busy: float = 0.0) -> Iterator[str]:
    """Its host and port; it holds a bucket named ``corpus``.

    Args:
        busy: share of reads that are answered with 503; if it is not 0, some must have been by the end.
    """
    with subprocess.Popen([sys.executable, __file__, str(busy)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield f"localhost:{int(server.stdout.readline())}"
        finally:
            server.kill()
        assert bool(busy) == ("503" in server.stdout.read())


def _serve(busy: float) -> None:
    from gcp_storage_emulator.handlers import buckets
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    class Stormy(RequestHandler):  # type: ignore[misc]
        def parse_request(self) -> bool:
            if not super().parse_request():
                return False
            if self.command != "GET" or random.random() >= busy:
                return True
            self.send_error(503)
            print(503, flush=True)
            return False

    random.seed(1)
    storage = Storage(use_memory_fs=True)
    buckets.create_bucket(BUCKET, storage)
    server = ThreadingHTTPServer(("localhost", 0), partial(Stormy, storage))
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    _serve(float(sys.argv[1]))
