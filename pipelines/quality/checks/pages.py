"""Great Expectations' Data Docs as pages that open from disk: nothing on them is fetched from anywhere.

The package writes pages that take style, script and fonts from servers of others. Here those are taken out and a
style sheet of our own put in; what unfolds by script there stands open here.
"""

from __future__ import annotations

import html
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wavelode.datasets.storage import write_text

_STYLE = Path(__file__).with_name("docs.css")
_OUTSIDE = re.compile(
    r"<(script|iframe|footer)\b[^>]*>.*?</\1\s*>|<(?:link|img)\b[^>]*>|<meta[^>]*http-equiv[^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:\">"
)


def write_pages(context: Any, results: Mapping[str, Any], folder: Path) -> Path:
    """Writes one page per table and an index into `folder`, in place of those that are there; the index."""
    with tempfile.TemporaryDirectory(prefix="wavelode-docs-") as scratch:
        context.add_data_docs_site(site_name="wavelode", site_config=_site(scratch))
        for name, result in results.items():
            context.validation_results_store.add(_key(name), result)
        context.build_data_docs(site_names=["wavelode"])
        shutil.rmtree(folder, ignore_errors=True)
        style = _STYLE.read_text(encoding="utf-8")
        for page in sorted(Path(scratch, "validations").rglob("*.html")):
            text = _beside(page.read_text(encoding="utf-8"))
            write_text(self_contained(text, style), folder / page.name)
    index = folder / "index.html"
    write_text(_index(results, style), index)
    return index


def _beside(page: str) -> str:
    """The page with its links to others, as they lie beside it."""
    page = re.sub(r'href="(\.\./)+index\.html"', 'href="index.html"', page)
    return re.sub(r'<a href="(?:\.\./)+expectations/[^"]*"\s*>(.*?)</a>', r"\1", page)


def self_contained(page: str, style: str) -> str:
    """The page without scripts, footers, pictures, frames and links to style sheets, with a style of its own."""
    bare = _OUTSIDE.sub("", page)
    bare = re.sub(r"\s(on\w+|srcset)\s*=\s*(\"[^\"]*\"|'[^']*')", "", bare)
    return bare.replace("</head>", f"{_POLICY}<style>{style}</style></head>", 1)


def _index(results: Mapping[str, Any], style: str) -> str:
    """A page that leads to all others and says what held."""
    rows = "".join(
        f'<tr><th scope="row"><a href="{html.escape(name)}.html">{html.escape(name)}</a></th>'
        f'<td class="text-{"success" if result.success else "danger"}">{"holds" if result.success else "broken"}</td>'
        f"<td>{result.statistics['successful_expectations']} of {result.statistics['evaluated_expectations']}</td></tr>"
        for name, result in results.items()
    )
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>What was expected</title></head><body>'
        "<h1>What was expected, and what held</h1><table><thead><tr><th>table</th><th></th><th>expectations that hold"
        f"</th></tr></thead><tbody>{rows}</tbody></table></body></html>"
    )
    return self_contained(page, style)


def _site(folder: str) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": folder},
    }


def _key(name: str) -> Any:
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    return ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(name),
        run_id=RunIdentifier(run_name="wavelode"),
        batch_identifier=name,
    )
