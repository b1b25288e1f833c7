"""The agreement on paper: a PDF with its own Chinese font, the same bytes each time. Pure: no database, no clock."""

from server.paper.content import Block, Paper, Supplement
from server.paper.drawing import RENDERER, FontMissing, GlyphMissing, render

__all__ = ["RENDERER", "Block", "FontMissing", "GlyphMissing", "Paper", "Supplement", "render"]
