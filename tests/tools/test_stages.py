"""The summary tells the truth, and so does the exit code."""

import signal
from pathlib import Path

import pytest

from tests.tools.watching import Program, is_running, wait_until
from tools.stages import Report, Result, clock_face

RUNNER = """
import sys
from tools import processes
from tools.stages import Stage, run_all
processes.stop_on_signals()
codes = [int(word) for word in sys.argv[1].split(",")]
sys.exit(run_all([
    Stage(f"stage {code}", [sys.executable, "-c", f"print('output of {code}'); raise SystemExit({code})"])
    for code in codes
]))
"""
# A stage that leaves a process in a session of its own and then waits.
LITTERING = """
import subprocess, sys
from tools import processes
from tools.stages import Stage, run_all
processes.stop_on_signals()
code = '''
import subprocess, sys, time
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
open(sys.argv[1], "w").write(str(left.pid) + " ")
time.sleep(float(sys.argv[2]))
'''
sys.exit(run_all([Stage("littering", [sys.executable, "-c", code, *sys.argv[1:]])]))
"""


@pytest.mark.parametrize(("codes", "expected"), [("0,0", 0), ("0,3,0", 1), ("5", 1)])
def test_every_stage_runs_and_one_failure_fails_the_whole(program: Program, codes: str, expected: int) -> None:
    process = program("-c", RUNNER, codes)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == expected
    lines = output.splitlines()
    for number, code in enumerate(codes.split(","), start=1):
        assert f"Stage {number} of {len(codes.split(','))}: stage {code}" in lines
        assert f"output of {code}" in lines
    summary = output.partition("\nSummary\n")[2]
    assert summary.count("ok    ") == codes.split(",").count("0")
    assert summary.count("(exit code ") == len([code for code in codes.split(",") if code != "0"])
    assert ("All stages passed" in summary) == (expected == 0)


def test_what_a_stage_leaves_behind_is_ended(program: Program, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    process = program("-c", LITTERING, pids, "0")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert not is_running(int(pids.read_text()))


def test_a_stopped_run_prints_what_it_knows_and_ends_everything(program: Program, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    process = program("-c", LITTERING, pids, "600")
    wait_until(lambda: pids.exists() and pids.read_text().endswith(" "))
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Stopped before the end." in output
    assert not is_running(int(pids.read_text()))


def test_no_stage_at_all_is_no_success() -> None:
    assert Report().exit_code == 1
    assert Report([Result("one", 0, 1.0)]).exit_code == 0


def test_durations_read_like_durations() -> None:
    assert clock_face(3.21) == "3.2 s"
    assert clock_face(245.9) == "4 min 05 s"
