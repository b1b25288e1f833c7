"""The agreement and the service handbook on paper: PDFs with their own Chinese font, the same bytes each time.

Pure: no database, no clock.
"""

from server.paper.booklet import Booklet, print_booklet
from server.paper.content import Block, Paper, Supplement
from server.paper.drawing import RENDERER, FontMissing, GlyphMissing, render

__all__ = [
    "RENDERER",
    "Block",
    "Booklet",
    "FontMissing",
    "GlyphMissing",
    "Paper",
    "Supplement",
    "print_booklet",
    "render",
]
