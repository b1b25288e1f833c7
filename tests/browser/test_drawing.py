"""The box in which an organisation's authorised person signs at the workbench: what is drawn goes into the form."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import server
from tests.browser.conftest import FLAGS

pytestmark = pytest.mark.browser

SCRIPT = (Path(server.__file__).parent / "static" / "draw.js").read_text(encoding="utf-8")
PAGE = """<form><canvas id="drawing" width="640" height="240" data-into="frame-signature"></canvas>
<input type="hidden" id="frame-signature"><button type="button" id="clear-drawing">擦掉重写</button></form>"""


def test_a_drawing_goes_into_the_form_and_is_wiped() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page()
        page.set_content(PAGE)
        page.add_script_tag(content=SCRIPT)
        field = page.locator("#frame-signature")
        area = page.locator("#drawing").bounding_box()
        assert area is not None

        def line(*places: tuple[float, float]) -> None:
            (x, y), *rest = [(area["x"] + area["width"] * a, area["y"] + area["height"] * b) for a, b in places]
            page.mouse.move(x, y)
            page.mouse.down()
            for to in rest:
                page.mouse.move(*to, steps=6)
            page.mouse.up()

        line((0.5, 0.5), (0.52, 0.5))
        assert field.input_value() == ""  # a dot is no signature
        line((0.2, 0.2), (0.6, 0.8), (0.8, 0.3))
        assert field.input_value().startswith("data:image/png;base64,iVBOR")
        page.click("#clear-drawing")
        assert field.input_value() == ""
        browser.close()
