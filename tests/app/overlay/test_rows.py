from app.overlay.rows import Text, widest, write_rows
from tests.app.overlay.drawing import Written, canvas


def test_each_row_stands_on_its_baseline(written: list[Written]) -> None:
    write_rows(canvas(), [[Text("a", 10), Text("b", 50)], [Text("c", 10)]], [100, 130, 160], 20)
    assert [(text, left, baseline) for text, left, _, baseline in written] == [
        ("a", 10, 100),
        ("b", 50, 100),
        ("c", 10, 130),
    ]


def test_the_widest_of_nothing_has_no_width() -> None:
    assert widest([], 20) == 0
    assert widest(["a", "a longer one"], 20) == widest(["a longer one"], 20) > widest(["a"], 20)
