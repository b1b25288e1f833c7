"""The PDF: the same bytes each time, its own Chinese font, nothing that makes it fail or lie."""

import base64
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from server import paper
from server.paper import drawing


def drawn(size: tuple[int, int] = (300, 150)) -> bytes:
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(10, 100), (150, 20), (290, 110)], fill=(0, 0, 0, 255), width=6)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def sheet(**fields: object) -> paper.Paper:
    block = paper.Block("甲方（签字）", "张小明", "2026年3月2日", drawn())
    values: dict[str, object] = {
        "number": "20260302-ABCDEFGH",
        "title": "家庭医生签约服务协议",
        "paragraphs": ("一、甲方自愿签约。",),
        "services": (("血压测量", "每年4次"),),
        "price": "每人每年10.00元",
        "consents": ("我单独同意处理健康信息",),
        "blocks": (block, paper.Block("乙方（盖章）", "城北社区卫生服务中心", "2026年3月2日")),
        "supplements": (),
        "evidence": (("文本模板", "national 2026-11"),),
        "verify_url": "http://127.0.0.1:8601/public/verify/" + "a" * 32,
        "created_at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
    }
    return paper.Paper(**(values | fields))  # type: ignore[arg-type]


def test_the_same_paper_is_the_same_bytes() -> None:
    first = paper.render(sheet())

    assert first.startswith(b"%PDF-") and paper.render(sheet()) == first
    assert len(first) < 500_000


@pytest.mark.parametrize(
    "other",
    [
        {"paragraphs": ("一、甲方不愿签约。",)},
        {"price": "每人每年10.01元"},
        {"consents": ()},
        {"verify_url": "http://127.0.0.1:8601/public/verify/" + "b" * 32},
        {"supplements": (paper.Supplement("补充协议（第1号）", ("一、变更电话。",), ()),)},
    ],
)
def test_another_paper_is_other_bytes(other: dict[str, object]) -> None:
    assert paper.render(sheet(**other)) != paper.render(sheet())


def test_the_signature_is_on_the_paper() -> None:
    without = tuple(replace(block, image=None) for block in sheet().blocks)

    assert b"/Subtype /Image" in paper.render(sheet())
    assert b"/Subtype /Image" not in paper.render(sheet(blocks=without))


@pytest.mark.parametrize(
    "image", [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\nnonsense", b"GIF89a", drawn((3000, 3000))]
)
def test_a_picture_that_cannot_be_drawn_is_left_out(image: bytes) -> None:
    block = replace(sheet().blocks[0], image=image)

    assert b"/Subtype /Image" not in paper.render(sheet(blocks=(block,)))


def test_the_font_is_embedded_and_free() -> None:
    with TTFont(drawing.FONT) as font:
        assert "Open Font License" in str(font["name"].getDebugName(13))
    assert "SIL OPEN FONT LICENSE" in (drawing.FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert drawing.FONT.stat().st_size < 2_000_000
    assert b"/FontFile" in paper.render(sheet())


@pytest.mark.parametrize(
    "name", ["欧阳喆", "李堃玥", "王䶮", "阿卜杜拉·买买提", "John Smith", "赵翀祎", "—“”…·《》①Ⅰ℃￥〇"]
)
def test_names_are_in_the_font(name: str) -> None:
    assert paper.render(sheet(paragraphs=(f"甲方：{name}",)))


def test_a_name_the_font_lacks_is_refused_in_chinese(tmp_path: Path) -> None:
    rare = sheet(paragraphs=("甲方：李𬭚",))

    with pytest.raises(paper.GlyphMissing, match="𬭚.*extra_font"):
        paper.render(rare)
    with pytest.raises(paper.FontMissing, match="中文字体"):
        paper.render(rare, extra_font=str(tmp_path / "nowhere.ttc"))


def test_another_font_helps_with_a_rare_name(tmp_path: Path) -> None:
    """Any font with the sign will do: here the shipped one, which learns it."""
    learned = tmp_path / "complete.otf"
    with TTFont(drawing.FONT) as font:
        for table in font["cmap"].tables:
            table.cmap[ord("龢")] = table.cmap.get(ord("山"), ".notdef")
        font.save(learned)
    rare = sheet(paragraphs=("甲方：翁同龢",))

    with pytest.raises(paper.GlyphMissing):
        paper.render(rare)
    assert paper.render(rare, extra_font=str(learned))


def test_without_its_font_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(drawing, "FONT", tmp_path / "agreement.otf")

    with pytest.raises(paper.FontMissing):
        paper.render(sheet())


def test_a_long_agreement_runs_over_several_numbered_pages() -> None:
    long = paper.render(sheet(paragraphs=tuple(f"{n}、" + "甲方自愿签约。" * 30 for n in range(20))))

    assert long.count(b"/Type /Page\n") >= 3


def test_data_urls_of_the_telephone_can_be_drawn() -> None:
    url = "data:image/png;base64," + base64.b64encode(drawn()).decode()

    assert paper.render(sheet(blocks=(replace(sheet().blocks[0], image=base64.b64decode(url.partition(",")[2])),)))
