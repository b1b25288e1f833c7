"""Draws the service handbook on A4: sections of labelled lines, large enough for old eyes."""

from dataclasses import dataclass
from datetime import datetime

from fpdf.enums import Align, XPos, YPos

from server.paper.drawing import INK, LINE, MARGIN, SOFT, opened, write_heading

LABEL = 42
"""Width of the column of labels, mm."""


@dataclass(frozen=True)
class Booklet:
    """What is printed: sections, each with its heading and pairs of label and words."""

    number: str
    title: str
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    created_at: datetime

    def texts(self) -> list[str]:
        """Return every text that will be drawn."""
        rows = (row for _, rows in self.sections for row in rows)
        return [
            self.number,
            self.title,
            *(heading for heading, _ in self.sections),
            *(one for row in rows for one in row),
        ]


def print_booklet(booklet: Booklet, *, extra_font: str = "") -> bytes:
    """Return the PDF.

    Args:
        extra_font: path of a complete font for characters the shipped one lacks; empty: there is none.
    Raises:
        FontMissing, GlyphMissing.
    """
    sheet = opened(booklet.texts(), booklet.number, booklet.title, booklet.created_at, extra_font=extra_font)
    sheet.set_font("song", size=20)
    sheet.set_text_color(*INK)
    sheet.multi_cell(0, 12, booklet.title, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    for heading, rows in booklet.sections:
        write_heading(sheet, heading)
        for label, words in rows:
            if sheet.will_page_break(16):
                sheet.add_page()
            top = sheet.get_y()
            sheet.set_font("song", size=12)
            sheet.set_text_color(*SOFT)
            sheet.multi_cell(LABEL, 7.5, label, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            below = sheet.get_y()
            sheet.set_xy(MARGIN + LABEL, top)
            sheet.set_text_color(*INK)
            sheet.multi_cell(0, 7.5, words, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            end = max(below, sheet.get_y())
            sheet.set_draw_color(*LINE)
            sheet.line(MARGIN, end, sheet.w - MARGIN, end)
            sheet.set_xy(MARGIN, end + 0.5)
    return bytes(sheet.output())
