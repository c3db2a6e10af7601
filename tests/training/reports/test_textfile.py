from pathlib import Path

import pytest

from app.errors import ConfigError
from training.reports.textfile import check_writable, write_text


def test_a_file_is_replaced_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    check_writable(path, "report")
    write_text(path, "first", "report")
    write_text(path, "zweite Ärger \udcff", "report", errors="xmlcharrefreplace")
    assert path.read_text(encoding="utf-8") == "zweite Ärger &#56575;"
    assert [item.name for item in path.parent.iterdir()] == ["report.html"]


def test_what_cannot_be_written_is_said_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "report.html"):
        with pytest.raises(ConfigError, match="the report cannot be written: "):
            check_writable(path, "report")
    with pytest.raises(ConfigError, match="No such file"):
        write_text(tmp_path / "gone" / "report.html", "text", "report")
    with pytest.raises(ConfigError, match="the report cannot be written"):
        write_text(tmp_path, "text", "report")
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
