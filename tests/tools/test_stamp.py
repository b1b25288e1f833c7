"""What has been done is not done again; what has changed is."""

from pathlib import Path

from tools import stamp


def test_a_stamp_holds_until_a_file_or_fact_changes(tmp_path: Path) -> None:
    first, second, done = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "deep" / "stamp"
    first.write_text("one")
    value = stamp.fingerprint([first, second], "3.11")
    assert not stamp.is_current(done, value)
    stamp.write(done, value)
    assert stamp.is_current(done, stamp.fingerprint([first, second], "3.11"))
    assert not stamp.is_current(done, stamp.fingerprint([first, second], "3.12"))
    second.write_text("")
    assert not stamp.is_current(done, stamp.fingerprint([first, second], "3.11"))
    second.unlink()
    first.write_text("two")
    assert not stamp.is_current(done, stamp.fingerprint([first, second], "3.11"))


def test_a_forgotten_stamp_is_not_current(tmp_path: Path) -> None:
    done = tmp_path / "stamp"
    stamp.write(done, "value")
    stamp.forget(done)
    stamp.forget(done)
    assert not stamp.is_current(done, "value")


def test_content_cannot_slip_from_one_file_into_the_next(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("xfile b 1\ny")
    second.write_text("")
    before = stamp.fingerprint([first, second])
    first.write_text("x")
    second.write_text("y")
    assert stamp.fingerprint([first, second]) != before


def test_included_requirement_files_count(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("flask==1\n")
    (tmp_path / "dev.txt").write_text("# tools\n-r base.txt\npytest==1\n")
    assert stamp.requirement_files(tmp_path / "dev.txt") == [tmp_path / "dev.txt", tmp_path / "base.txt"]


def test_caches_and_dependencies_do_not_count(tmp_path: Path) -> None:
    for name in ("src/b.js", "src/a.js", "src/node_modules/x.js", "src/__pycache__/y.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in stamp.files_below(tmp_path / "src")] == ["a.js", "b.js"]
