"""The demo ends completely, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.watching import ROOT, Program, is_running, wait_until

FAKE = Path(__file__).with_name("fake_demo.py")


def pids(folder: Path) -> list[int]:
    file = folder / "pids"
    return [int(word) for word in file.read_text().split()] if file.exists() else []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("kind", ["run", "stubborn"])
def test_a_stopped_demo_leaves_no_process(program: Program, tmp_path: Path, signum: int, kind: str) -> None:
    demo = program(FAKE, tmp_path, kind)
    assert demo.stdout is not None
    printed = [demo.stdout.readline() for _ in range(2)]
    assert printed[1] == "ready http://127.0.0.1:1/\n"
    assert len(pids(tmp_path)) == 6
    assert all(is_running(pid) for pid in pids(tmp_path))

    demo.send_signal(signum)
    output, _ = demo.communicate(timeout=30)

    assert demo.returncode == 0, output
    assert [pid for pid in pids(tmp_path) if is_running(pid)] == []


def test_a_second_ctrl_c_does_not_leave_half_of_it(program: Program, tmp_path: Path) -> None:
    demo = program(FAKE, tmp_path, "stubborn")
    wait_until(lambda: len(pids(tmp_path)) == 6)
    for _ in range(5):
        demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=30)
    assert [pid for pid in pids(tmp_path) if is_running(pid)] == []


def test_even_kill_9_ends_the_children(program: Program, tmp_path: Path) -> None:
    demo = program(FAKE, tmp_path, "run")
    wait_until(lambda: len(pids(tmp_path)) == 6)
    demo.kill()
    wait_until(lambda: not any(is_running(pid) for pid in pids(tmp_path)[::2]))


def test_a_closed_terminal_ends_the_demo_even_without_a_signal(tmp_path: Path) -> None:
    terminal, inside = os.openpty()
    demo = subprocess.Popen(
        [sys.executable, FAKE, tmp_path, "run"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    wait_until(lambda: len(pids(tmp_path)) == 6)
    output = b""
    while b"Ctrl-C stops" not in output:
        output += os.read(terminal, 1024)
    os.close(terminal)
    demo.wait(30)
    assert [pid for pid in pids(tmp_path) if is_running(pid)] == []


def test_once_prints_the_addresses_and_ends(program: Program, tmp_path: Path) -> None:
    demo = program(FAKE, tmp_path, "once")
    output, _ = demo.communicate(timeout=30)
    assert demo.returncode == 0
    assert "ready http://127.0.0.1:1/" in output.splitlines()
    assert "http://127.0.0.1:2/workbench/   user admin, password secret" in output
    assert "http://127.0.0.1:2/docs" in output
    assert [pid for pid in pids(tmp_path) if is_running(pid)] == []


def test_a_child_that_dies_is_named_with_its_last_lines_and_takes_the_rest_along(
    program: Program, tmp_path: Path
) -> None:
    demo = program(FAKE, tmp_path, "crash")
    output, _ = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert "The process 'broken' ended with exit code 3." in output
    assert [line.strip() for line in output.splitlines() if line.startswith("    line")] == [
        f"line {number}" for number in range(10, 30)
    ]
    assert [pid for pid in pids(tmp_path) if is_running(pid)] == []
