"""The phone compiles a native mini-program and runs it in Chromium, with the mouse and with a finger."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import assert_steps_pass, serve
from .demo_server import create_demo

POINTERS = pytest.mark.parametrize("pointer", [(), ("--touch",)], ids=["mouse", "touch"])


@pytest.mark.browser
@POINTERS
def test_demo_runs_with_every_pointer(built: Callable[[str], Path], pointer: tuple[str, ...]) -> None:
    site = built("demo_app")

    with serve(create_demo(site)) as address:
        assert_steps_pass("demo_steps.mjs", address, str(site), *pointer)


@pytest.mark.browser
@POINTERS
def test_language_features_with_every_pointer(built: Callable[[str], Path], pointer: tuple[str, ...]) -> None:
    assert_steps_pass("feature_steps.mjs", str(built("feature_app")), *pointer)
