"""Draw the tab bar's icons (81 x 81 px, two colours) with nothing but the standard library."""

import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

SIZE = 81
SAMPLES = 3
GREY = (74, 90, 88)
TEAL = (11, 110, 105)
Shape = Callable[[float, float], bool]


def box(x: float, y: float, left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> bool:
    """Tell whether a point lies in a rectangle with round corners."""
    if not (left <= x <= right and top <= y <= bottom):
        return False
    dx = max(left + radius - x, x - right + radius, 0.0)
    dy = max(top + radius - y, y - bottom + radius, 0.0)
    return dx * dx + dy * dy <= radius * radius or dx == 0.0 or dy == 0.0


def circle(x: float, y: float, centre_x: float, centre_y: float, radius: float) -> bool:
    """Tell whether a point lies in a circle."""
    return math.hypot(x - centre_x, y - centre_y) <= radius


def home(x: float, y: float) -> bool:
    """Roof, walls, and a cross for a door: the doctor's house."""
    roof = 12 <= y <= 40 and abs(x - 40.5) <= (y - 12) * 1.1 + 2
    walls = box(x, y, 18, 38, 63, 70, 5)
    cross = box(x, y, 37, 41, 44, 63) or box(x, y, 30, 48.5, 51, 55.5)
    return (roof or walls) and not cross


def calendar(x: float, y: float) -> bool:
    """A sheet with two rings and a tick."""
    sheet = box(x, y, 14, 18, 67, 70, 8)
    rings = box(x, y, 26, 10, 32, 26, 3) or box(x, y, 49, 10, 55, 26, 3)
    line = box(x, y, 20, 31, 61, 35)
    tick = _stroke(x, y, 29, 51, 38, 60) or _stroke(x, y, 38, 60, 53, 43)
    return (sheet and not line and not tick) or rings


def chat(x: float, y: float) -> bool:
    """A speech bubble with two lines."""
    bubble = box(x, y, 11, 15, 70, 58, 14)
    tail = 56 <= y <= 71 and 22 <= x <= 22 + (71 - y) * 1.2
    lines = box(x, y, 24, 28, 57, 33, 2.5) or box(x, y, 24, 40, 46, 45, 2.5)
    return (bubble or tail) and not lines


def person(x: float, y: float) -> bool:
    """A head above shoulders."""
    shoulders = box(x, y, 13, 46, 68, 90, 24) and y <= 70
    return circle(x, y, 40.5, 27, 15.5) or shoulders


def _stroke(x: float, y: float, x1: float, y1: float, x2: float, y2: float, half_width: float = 2.8) -> bool:
    length_squared = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length_squared))
    return math.hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1)) <= half_width


def coverage(shape: Shape, column: int, row: int) -> int:
    """Opacity (0..255) of one pixel, averaged over a grid of samples."""
    offsets = [(index + 0.5) / SAMPLES for index in range(SAMPLES)]
    hits = sum(shape(column + dx, row + dy) for dx in offsets for dy in offsets)
    return round(255 * hits / SAMPLES**2)


def png(shape: Shape, colour: tuple[int, int, int]) -> bytes:
    """Encode a shape as an RGBA PNG."""
    rows = b"".join(
        b"\0" + b"".join(bytes((*colour, coverage(shape, column, row))) for column in range(SIZE))
        for row in range(SIZE)
    )
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def main() -> None:
    """Write all eight files into ../images."""
    folder = Path(__file__).resolve().parent.parent / "images"
    for name, shape in {"home": home, "calendar": calendar, "chat": chat, "me": person}.items():
        (folder / f"{name}.png").write_bytes(png(shape, GREY))
        (folder / f"{name}-on.png").write_bytes(png(shape, TEAL))


if __name__ == "__main__":
    main()
