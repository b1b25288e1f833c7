"""Draws a Paper on A4. Same Paper, same bytes: no time of drawing, no random ids, no system font."""

import functools
import io
import warnings
from datetime import datetime
from pathlib import Path

import segno
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from PIL import Image

from server.errors import Unavailable
from server.paper.content import Block, Paper, Supplement

FONTS = Path(__file__).parent / "fonts"
FONT = FONTS / "agreement.otf"
RENDERER = "paper 1, fpdf2 2.8.9"
"""Changes whenever the same Paper would be drawn with other bytes."""
MARGIN = 20
INK, SOFT, LINE = (20, 30, 30), (95, 105, 105), (190, 200, 200)
LARGEST_IMAGE = 4_000_000  # pixels; what a telephone draws is far smaller


class FontMissing(Unavailable):
    """The font file is not where it should be."""

    code, default_message = "font_missing", "服务器缺少中文字体，暂时不能生成协议文件，请联系管理员"


class GlyphMissing(Unavailable):
    """The font has no picture of a character; a name must never be printed wrongly."""

    code, default_message = "glyph_missing", "协议中有字体里没有的生僻字，暂时不能生成文件，请联系管理员"


class _Sheet(FPDF):
    number = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("song", size=8)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"协议编号 {self.number}", align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.TOP)
        self.cell(0, 5, f"第 {self.page_no()} 页，共 {{nb}} 页", align=Align.R)


def render(paper: Paper, *, extra_font: str = "") -> bytes:
    """Return the PDF.

    Args:
        extra_font: path of a complete font for characters the shipped one lacks; empty: there is none.
    Raises:
        FontMissing, GlyphMissing.
    """
    sheet = opened(
        paper.texts(), paper.number, f"{paper.title} {paper.number}", paper.created_at, extra_font=extra_font
    )
    _text(sheet, paper)
    _signatures(sheet, paper.blocks)
    for supplement in paper.supplements:
        _supplement(sheet, supplement)
    _evidence(sheet, paper)
    return bytes(sheet.output())


def opened(texts: list[str], number: str, title: str, created_at: datetime, *, extra_font: str = "") -> FPDF:
    """Return a sheet with its first page and a font that has every character of the texts.

    Raises:
        FontMissing, GlyphMissing.
    """
    if not FONT.is_file() or (extra_font and not Path(extra_font).is_file()):
        raise FontMissing()
    missing = sorted({sign for text in texts for sign in text if ord(sign) not in _signs(str(FONT))} - {"\n"})
    if missing and not (extra_font and all(ord(sign) in _signs(extra_font) for sign in missing)):
        signs = "".join(missing[:10])
        raise GlyphMissing(f"协议中有字体里没有的字“{signs}”，请管理员在配置 [paper] extra_font 中指定完整的中文字体")
    sheet = _Sheet(format="A4")
    sheet.number = number
    sheet.set_margins(MARGIN, 18)
    sheet.set_auto_page_break(True, 20)
    sheet.set_creation_date(created_at)
    sheet.set_producer(RENDERER)
    sheet.set_title(title)
    sheet.set_lang("zh-CN")
    sheet.add_font("song", fname=FONT)
    if missing:
        sheet.add_font("extra", fname=extra_font)
        sheet.set_fallback_fonts(["extra"], exact_match=False)
    sheet.add_page()
    return sheet


@functools.lru_cache(maxsize=4)
def _signs(font: str) -> frozenset[int]:
    with TTFont(font, fontNumber=0, lazy=True) as opened:
        return frozenset(opened.getBestCmap())


def _write(sheet: FPDF, text: str, size: float = 11, color: tuple[int, int, int] = INK, gap: float = 1.6) -> None:
    sheet.set_font("song", size=size)
    sheet.set_text_color(*color)
    sheet.multi_cell(0, size * 0.56, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(gap)


def write_heading(sheet: FPDF, text: str, room: float = 30) -> None:
    """Write a heading with room for something below it, in mm."""
    if sheet.will_page_break(room):
        sheet.add_page()
    sheet.ln(2)
    _write(sheet, text, size=13, gap=1)


def _text(sheet: FPDF, paper: Paper) -> None:
    sheet.set_font("song", size=18)
    sheet.set_text_color(*INK)
    sheet.multi_cell(0, 11, paper.title, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(3)
    for paragraph in paper.paragraphs:
        _write(sheet, paragraph)
    if paper.services:
        write_heading(sheet, "服务清单")
        for name, frequency in paper.services:
            if sheet.will_page_break(8):
                sheet.add_page()
            sheet.set_font("song", size=10.5)
            sheet.set_draw_color(*LINE)
            sheet.cell(120, 7.5, name, border="B", new_x=XPos.RIGHT, new_y=YPos.TOP)
            sheet.cell(0, 7.5, frequency, border="B", align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        sheet.ln(1.5)
        _write(sheet, paper.price, size=10.5)
    if paper.consents:
        write_heading(sheet, "签署时逐项同意")
        for consent in paper.consents:
            _write(sheet, f"√ {consent}" if ord("√") in _signs(str(FONT)) else consent, size=10.5, gap=0.5)


def _signatures(sheet: FPDF, blocks: tuple[Block, ...]) -> None:
    write_heading(sheet, "签署", room=56)
    width, height = (sheet.w - 2 * MARGIN - 6) / 2, 38
    for row in range(0, len(blocks), 2):
        if sheet.will_page_break(height + 4):
            sheet.add_page()
        top = sheet.get_y()
        for column, block in enumerate(blocks[row : row + 2]):
            _block(sheet, block, MARGIN + column * (width + 6), top, width, height)
        sheet.set_xy(MARGIN, top + height + 4)


def _block(sheet: FPDF, block: Block, left: float, top: float, width: float, height: float) -> None:
    sheet.set_draw_color(*LINE)
    sheet.rect(left, top, width, height)
    for text, line, size in ((block.label, 1.5, 9.5), (block.name, 7, 11), (block.day, height - 7, 9.5)):
        sheet.set_xy(left + 2, top + line)
        sheet.set_font("song", size=size)
        sheet.set_text_color(*(INK if text is block.name else SOFT))
        sheet.cell(width - 4, 5.5, text)
    picture = _picture(block.image)
    if picture is not None:
        sheet.image(picture, left + width - 42, top + 5, 40, height - 12, keep_aspect_ratio=True)


def _picture(image: bytes | None) -> Image.Image | None:
    """Open a PNG; what cannot be opened is left out: its hash still stands among the evidence."""
    if not image:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = Image.open(io.BytesIO(image), formats=("PNG",))
            if found.width * found.height > LARGEST_IMAGE:
                return None
            return found.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def _supplement(sheet: FPDF, supplement: Supplement) -> None:
    sheet.add_page()
    _write(sheet, supplement.title, size=15, gap=3)
    for paragraph in supplement.paragraphs:
        _write(sheet, paragraph)
    _signatures(sheet, supplement.blocks)


def _evidence(sheet: FPDF, paper: Paper) -> None:
    if sheet.will_page_break(70):
        sheet.add_page()
    write_heading(sheet, "存证信息")
    top, side = sheet.get_y(), 34.0
    for label, value in paper.evidence:
        sheet.set_font("song", size=8.5)
        sheet.set_text_color(*SOFT)
        sheet.cell(28, 5, label, new_x=XPos.RIGHT, new_y=YPos.TOP)
        sheet.multi_cell(sheet.w - 2 * MARGIN - 28 - side - 6, 5, value, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _code(sheet, paper.verify_url, sheet.w - MARGIN - side, top, side)
    sheet.set_xy(sheet.w - MARGIN - side, top + side)
    sheet.set_font("song", size=8)
    sheet.cell(side, 5, "扫码核对本文件", align=Align.C)


def _code(sheet: FPDF, address: str, left: float, top: float, side: float) -> None:
    rows = list(segno.make(address, error="m", micro=False).matrix)
    cell = side / (len(rows) + 4)
    sheet.set_fill_color(0, 0, 0)
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                sheet.rect(left + (x + 2) * cell, top + (y + 2) * cell, run * cell, cell, style="F")
            x += run or 1
