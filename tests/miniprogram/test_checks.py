"""The checks WeChat's tools would make, run offline by Node."""

import subprocess
from pathlib import Path

import pytest

from tests.miniprogram.source import NODE_MODULES, REPOSITORY

CHECKS = Path(__file__).parent / "checks"


def run(*command: str) -> None:
    """Run a command in the repository; its output is the failure's message."""
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def tool(relative: str) -> str:
    """Path of an installed Node tool; says what to do when it is not there."""
    path = NODE_MODULES / relative
    if not path.exists():
        pytest.fail(f"node_modules/{relative} is missing: run `npm ci --ignore-scripts` (make test does it)")
    return str(path)


def test_javascript_uses_only_what_wechat_has() -> None:
    eslint = tool("eslint/bin/eslint.js")

    run("node", eslint, "--config", str(CHECKS / "eslint.config.mjs"), "--max-warnings", "0", "miniprogram_stub")


def test_wx_calls_agree_with_wechats_typings() -> None:
    compiler = tool("typescript/bin/tsc")

    run("node", compiler, "-p", str(CHECKS / "tsconfig.json"))


def test_wxml_and_wxss_pass_wechats_compilers() -> None:
    compilers = tool("miniprogram-compiler/bin/linux")

    run("node", str(CHECKS / "wx-syntax.mjs"), "miniprogram_stub", compilers)


def test_units_of_the_pages_logic() -> None:
    run("node", "--test", str(CHECKS.parent / "units.test.cjs"))
