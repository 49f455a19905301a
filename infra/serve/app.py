"""The routes of the local server; only imported where Starlette is installed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from wavelode.infra.serve.guard import LOOPBACK, Guard
from wavelode.infra.serve.library import FACETS, RANGES, SORTABLE, Library, Question
from wavelode.pipelines.quality.audit.marks import Mark, checked_listener, read_marks, save_mark
from wavelode.pipelines.quality.audit.sample import read_sample
from wavelode.pipelines.quality.crop import crop, place_of
from wavelode.pipelines.quality.report import write_report
from wavelode.schemas.errors import SettingsError, WavelodeError

STATIC = Path(__file__).with_name("static")
_CROP_TIMEOUT_S = 20.0
_MOST_BODY_BYTES = 10_000


class Server:
    """The routes of one output folder, and what they share: the clips, a process for pages, a lock for what is written.

    Starlette runs the methods that aren't ``async`` in threads of their own.
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.layout = library.layout
        # A fork of a process that has threads may hang; pages are few.
        self._pages = ProcessPool(max_workers=1, max_tasks=50, context=get_context("spawn"))
        self._writing = threading.Lock()

    def close(self) -> None:
        self._pages.stop()
        self._pages.join()
        self.library.close()

    def clips(self, request: Request) -> Response:
        try:
            question = question_of(request.query_params)
            answer = self.library.find(question)
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
        return JSONResponse({**asdict(answer), "page": question.page, "size": question.rows})

    def facets(self, _: Request) -> Response:
        facets = self.library.facets()
        return JSONResponse({"facets": facets, "ranges": RANGES, "sortable": SORTABLE})

    def clip(self, request: Request) -> Response:
        return JSONResponse(self._clip(request))

    def sound(self, request: Request) -> Response:
        data = self.library.flac(request.path_params["clip_id"])
        if data is None:
            raise HTTPException(404, "This clip has no sound here; run `wavelode pack`.")
        return Response(data, media_type="audio/flac")

    def page(self, request: Request) -> Response:
        place = place_of(self.layout, self._clip(request))
        if place is None:
            raise HTTPException(404, "The printed page of this clip is not here.")
        try:
            data: bytes = self._pages.schedule(crop, args=[place], timeout=_CROP_TIMEOUT_S).result()
        except (ValueError, RuntimeError, WavelodeError, ProcessExpired, TooLate) as error:
            raise HTTPException(404, f"The printed page can't be shown: {error}") from error
        return Response(data, media_type="image/png")

    def audit(self, request: Request) -> Response:
        listener = _listener(request.query_params.get("listener", ""))
        marks = [row for row in read_marks(self.layout) if row["listener"] == listener]
        said = {row["clip_id"]: row["mark"] for row in marks}
        sample = [row["clip_id"] for row in read_sample(self.layout)]
        return JSONResponse({"listener": listener, "clips": sample, "marks": said, "choices": list(Mark)})

    async def mark(self, request: Request) -> Response:
        values = await _body(request, {"clip_id", "listener", "mark"})
        try:
            await run_in_threadpool(self._save_mark, values)
        except (ValueError, SettingsError) as error:
            raise HTTPException(400, str(error)) from error
        return JSONResponse({"saved": True})

    def report(self, _: Request) -> Response:
        with self._writing:
            path = write_report(self.layout)
        return FileResponse(path, media_type="text/html")

    def _clip(self, request: Request) -> dict[str, Any]:
        found = self.library.clip(request.path_params["clip_id"])
        if found is None:
            raise HTTPException(404, "There is no such clip.")
        return found

    def _save_mark(self, values: Mapping[str, Any]) -> None:
        mark = Mark(values["mark"]) if values["mark"] is not None else None
        clip_id = str(values["clip_id"])
        if self.library.clip(clip_id) is None:
            raise HTTPException(404, "There is no such clip.")
        with self._writing:
            save_mark(self.layout, str(values["listener"]), clip_id, mark)


def question_of(query: Mapping[str, str]) -> Question:
    """The question in an address: ``?q=rain&station=kohima&duration_s_min=2&order=-cer&page=3``.

    Raises:
        ValueError: where a number is none, or a name is not among those that can be asked for.
    """
    return Question(
        text=query.get("q", "")[:500],
        equal=tuple((name, query[name]) for name in FACETS if query.get(name)),
        least=tuple((name, float(query[f"{name}_min"])) for name in RANGES if query.get(f"{name}_min")),
        most=tuple((name, float(query[f"{name}_max"])) for name in RANGES if query.get(f"{name}_max")),
        order=query.get("order", ""),
        page=int(query.get("page", "0")),
        rows=int(query.get("rows", "50")),
    )


def make_app(server: Server, token: str, hosts: frozenset[str] = LOOPBACK) -> Guard:
    """The whole application behind its guard."""
    routes = [
        Route("/", _shown("browse.html")),
        Route("/clip/{clip_id}", _shown("clip.html")),
        Route("/audit", _shown("audit.html")),
        Route("/report", server.report),
        Route("/api/clips", server.clips),
        Route("/api/facets", server.facets),
        Route("/api/clips/{clip_id}", server.clip),
        Route("/api/audit", server.audit),
        Route("/api/marks", server.mark, methods=["POST"]),
        Route("/sound/{clip_id}", server.sound),
        Route("/page/{clip_id}", server.page),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    handlers = {HTTPException: _refused, WavelodeError: _broken}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), token, hosts)


def _shown(name: str) -> Callable[[Request], Response]:
    def show(_: Request) -> Response:
        return FileResponse(STATIC / name, media_type="text/html")

    return show


def _listener(name: str) -> str:
    try:
        return checked_listener(name)
    except SettingsError as error:
        raise HTTPException(400, str(error)) from error


async def _body(request: Request, keys: set[str]) -> dict[str, Any]:
    """The JSON object a request holds, with exactly these keys."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > _MOST_BODY_BYTES:
            raise HTTPException(413, "That is too much for one mark.")
    try:
        values = json.loads(data)
    except ValueError as error:
        raise HTTPException(400, "That is no JSON.") from error
    if not isinstance(values, dict) or values.keys() != keys:
        raise HTTPException(400, f"Expected an object with {', '.join(sorted(keys))}.")
    return values


async def _refused(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) else str(error)
    return JSONResponse({"error": said}, status)


async def _broken(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 500)
