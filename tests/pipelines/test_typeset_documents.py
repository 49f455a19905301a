"""Pages of our own, set by Chromium in sound fonts: read by their layers, and from their pictures."""

from __future__ import annotations

import html
import shutil
import subprocess
from pathlib import Path

import pymupdf
import pytest

from tests.pipelines.typeset import scanned
from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.read import read_sentences
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings

DEVANAGARI = Path("/usr/share/fonts/truetype/lohit-devanagari/Lohit-Devanagari.ttf")
ARABIC = Path("/usr/share/fonts/truetype/noto/NotoNaskhArabic-Regular.ttf")
pytestmark = pytest.mark.skipif(
    shutil.which("chromium") is None or not DEVANAGARI.is_file() or not ARABIC.is_file(),
    reason="needs chromium, fonts-lohit-deva and fonts-noto-core to typeset",
)
HINDI = [
    "मुख्यमंत्री ने आज कहा कि राज्य में नए पुल का निर्माण अगले महीने शुरू होगा।",
    "इस पर 1250 करोड़ रुपये खर्च किए जाएंगे और काम दो साल में पूरा होगा।",
    "मौसम विभाग ने उत्तर के जिलों में भारी बारिश की चेतावनी दी है।",
    "स्वास्थ्य मंत्री ने AIIMS का दौरा किया, जहां 40 नए बिस्तर लगाए गए हैं।",
    "राज्य सरकार ने गेहूं का समर्थन मूल्य 2125 रुपये प्रति क्विंटल तय किया है।",
    "परीक्षा 3 मार्च से शुरू होगी और 28 मार्च तक चलेगी।",
]
URDU = [
    "وزیراعظم نے کہا ہے کہ 25 جولائی کو نئے پل کا افتتاح ہوگا۔",
    "اس پر 1250 کروڑ روپے خرچ ہوں گے اور کام دو سال میں پورا ہوگا۔",
    "بارش سے ۱۲ اضلاع متاثر ہوئے ہیں، یہ New Delhi سے اطلاع ہے۔",
    "اسکولوں کے امتحانات 3 مارچ سے شروع ہوں گے اور 28 مارچ تک جاری رہیں گے۔",
    "ریاستی حکومت نے کسانوں کے لیے نئی اسکیم شروع کی ہے۔",
    "ڈاکٹروں کی تعداد بڑھائی جائے گی۔",
]
STYLE = """
@page { size: A4; margin: 2cm } section { break-after: page; font: 13pt "Lohit Devanagari"; line-height: 1.5 }
.ur { font-family: "Noto Naskh Arabic"; direction: rtl } div { column-count: 2; column-gap: 0.8cm }
table { border-collapse: collapse } td { border: 0.5pt solid black; padding: 4pt } .label { width: 22% }
"""


def columns(texts: list[str], style: str = "") -> str:
    return f'<section class="{style}"><div>{" ".join(map(html.escape, texts))}</div></section>'


def table(texts: list[str], style: str = "") -> str:
    rows = zip(texts[::2], texts[1::2], strict=True)
    cells = "".join(f'<tr><td class="label">{a}</td><td>{b}</td></tr>' for a, b in rows)
    return f'<section class="{style}"><table>{cells}</table></section>'


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page as a PDF of its own; Chromium starts once."""
    folder = tmp_path_factory.mktemp("typeset")
    sections = {
        "hi columns": columns(HINDI),
        "hi table": table(HINDI),
        "ur columns": columns(URDU, "ur"),
        "ur table": table(URDU, "ur"),
    }
    (folder / "all.html").write_text(
        f'<meta charset="utf-8"><style>{STYLE}</style>{"".join(sections.values())}', encoding="utf-8"
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    out = [f"--print-to-pdf={folder / 'all.pdf'}", (folder / "all.html").as_uri()]
    subprocess.run(["chromium", *flags, *out], capture_output=True, timeout=120, check=True)
    found = {}
    with pymupdf.open(folder / "all.pdf") as every:
        for number, name in enumerate(sections):
            found[name] = folder / f"{name.replace(' ', '_')}.pdf"
            with pymupdf.open() as one:
                one.insert_pdf(every, from_page=number, to_page=number)
                one.save(found[name])
    return found


def spoken(path: Path, language: str) -> list[str]:
    found = read_sentences(path, "doc", language, DocumentSettings())
    return [s.text for s in found if s.role in {Role.SPOKEN, Role.SLUG}]


@pytest.mark.parametrize(("language", "texts"), [("hi", HINDI), ("ur", URDU)])
@pytest.mark.parametrize("kind", ["columns", "table"])
def test_the_layer_is_read_without_an_error(
    kind: str, language: str, texts: list[str], pages: dict[str, Path]
) -> None:
    """Order, sentences, digits and Latin words, from the left and from the right."""
    assert spoken(pages[f"{language} {kind}"], language) == texts


@pytest.mark.skipif(bool(Eye("hi").why_not()), reason="needs tesseract-ocr-hin")
@pytest.mark.parametrize("kind", ["columns", "table"])
def test_a_scan_of_the_page_is_read_in_the_same_order(
    kind: str, pages: dict[str, Path], tmp_path: Path
) -> None:
    """A sentence in another place would be some fifty errors; recognition makes a few, in Latin words most of all."""
    found = " ".join(spoken(scanned(pages[f"hi {kind}"], tmp_path / "scan.pdf"), "hi"))
    assert edits(found, " ".join(HINDI)) <= 0.03 * len(found)
