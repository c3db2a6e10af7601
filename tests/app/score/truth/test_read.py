"""Every format, as programs and people write it; what is in a file decides, not its name."""

import json
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import TruthError
from app.score.truth.read import of_source, read_segments
from app.score.truth.truth import read_truth

Rows = list[tuple[str, float, float]]
LOG = """source,label,start_s,end_s,seconds,confidence
a.mp4,reading,0.000,5.500,5.500,0.9123
a.mp4,other,5.500,7.250,1.750,0.8
"""
EXPECTED = [("reading", 0.0, 5.5), ("other", 5.5, 7.25)]
GERMAN = LOG.replace(",", ";").replace(".", ",").replace("a,mp4", "a.mp4").replace("\n", "\r\n")
EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T00:00:00+01:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="5500"/>
<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="7250"/><TIME_SLOT TIME_SLOT_ID="ts4"/>
</TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="activity">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>reading</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="ts3">
<ANNOTATION_VALUE>other</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
</TIER>
<TIER LINGUISTIC_TYPE_REF="note" PARENT_REF="activity" TIER_ID="note">
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1">
<ANNOTATION_VALUE>x</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
</TIER>
</ANNOTATION_DOCUMENT>
"""


def region(start: object, end: object, label: str = "reading") -> dict[str, object]:
    return {"type": "timelinelabels", "value": {"ranges": [{"start": start, "end": end}], "timelinelabels": [label]}}


def task(
    *regions: dict[str, object], video: str = "/data/upload/3/1a2b3c4d-a.mp4", **data: object
) -> dict[str, object]:
    return {"id": 1, "data": {"video": video, **data}, "annotations": [{"result": list(regions)}], "predictions": []}


STUDIO = json.dumps([task(region(1, 55), region(56, 72.5, "other"), fps=10)])
STUDIO_MIN = json.dumps(
    [
        {
            "video": "a.mp4",
            "fps": 10,
            "videoLabels": [
                {"ranges": [{"start": 1, "end": 55}], "timelinelabels": ["reading"]},
                {"ranges": [{"start": 56, "end": 72.5}], "timelinelabels": ["other"]},
            ],
        }
    ]
)


def rows(path: Path, **options: object) -> Rows:
    (segments,) = read_segments(path, **options).values()  # type: ignore[arg-type]
    return [(one.label, one.start_s, one.end_s) for one in segments]


def written(tmp_path: Path, text: str | bytes, name: str = "truth.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LOG, id="log"),
        pytest.param(LOG.replace("\n", "\r\n"), id="log with CRLF"),
        pytest.param("\ufeff" + LOG, id="log with BOM"),
        pytest.param(GERMAN, id="log with semicolons and decimal commas"),
        pytest.param("\ufeffsep=;\r\n" + GERMAN, id="log with Excel's line on separators"),
        pytest.param(LOG.replace(",", "\t").encode("utf-16"), id="log as Excel's Unicode text"),
        pytest.param(LOG.replace("reading", '"reading"').replace("0.000", '"0,000"'), id="log with quotes"),
        pytest.param(LOG.replace("\n", ",,\n") + ",,,,,,,\n\n", id="log with empty cells and rows"),
        pytest.param("End_s,Start_s,Label\n5.5,0,reading\n7.25,5.5,other\n", id="log with other columns"),
        pytest.param("label,start_s,seconds\nreading,0,5.5\nother,5.5,1.75\n", id="log without ends"),
        pytest.param("label,start,end\nreading,0:00,0:05.5\nother,0:05.5,0:00:07.25\n", id="log with minutes"),
        pytest.param("0.000000\t5.500000\treading\n5.500000\t7.250000\tother\n", id="Audacity"),
        pytest.param("0.0\t5.5\treading\r\n\\\t120.0\t4000.0\r\n5.5\t7.25\tother\r\n", id="Audacity with frequencies"),
        pytest.param(STUDIO, id="Label Studio"),
        pytest.param(STUDIO_MIN, id="Label Studio, JSON-MIN"),
        pytest.param(json.dumps(json.loads(STUDIO)[0]), id="Label Studio, one task"),
        pytest.param(EAF, id="ELAN"),
    ],
)
@pytest.mark.parametrize("name", ["truth.csv", "truth.any"])
def test_each_format_says_the_same(text: str | bytes, name: str, tmp_path: Path) -> None:
    assert rows(written(tmp_path, text, name)) == EXPECTED


@pytest.mark.parametrize(
    "text",
    [
        "00:00 reading\n00:05.5 other\n",
        "# made by hand\n\n0:00 - reading\n0:05,5 - other\n",
        "0\treading\n5.5\tother\n",
        "0: reading\n5.5: other",
        "0.0\t0.0\treading\n5.5\t5.5\tother\n",  # points of Audacity
    ],
)
def test_changes_last_until_the_next_one_and_the_last_to_the_end(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    assert rows(path) == [("reading", 0.0, 5.5), ("other", 5.5, math.inf)]
    assert [one.end_s for one in read_truth(path).until(9).timeline.segments] == [5.5, 9]


def test_a_dash_says_that_nobody_knows(tmp_path: Path) -> None:
    assert rows(written(tmp_path, "0:00 reading\n1:02:03.5 -\n1:02:04 washing dishes\n")) == [
        ("reading", 0.0, 3723.5),
        ("washing dishes", 3724.0, math.inf),
    ]


def test_western_letters_of_windows_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "label;start_s;end_s\nZähneputzen;0;1\n".encode("cp1252"))
    assert rows(path) == [("Zähneputzen", 0.0, 1.0)]


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("label,start_s,end_s\nreading,0,5\nreading,x,6\n", "line 3", "'x'"),
        ("sep=,\nlabel,start_s,end_s\nreading,0,5\nreading,6,03. Aug\n", "line 4", "'03. Aug'"),
        ('label,start_s,end_s\n"a\nb",0,5\nreading,,6\n', "line 4", "start"),
        ("label,start_s,end_s\nreading,0\n", "line 2", "end_s"),
        ("label,start_s,end_s\nreading,0,5,5,0\n", "line 2", "semicolons"),
        ("label,start_s,end_s\nreading,-1,5\n", "line 2", "'-1'"),
        ("0:00 reading\nwriting\n", "line 2", "'writing'"),
        ("0:00 reading\n0:75 writing\n", "line 2", "0:75"),
        ("0:00 reading\n0:07 other\n0:07 writing\n", "line 3", "line 2"),
        ("0\t5\treading\n5\tother\n", "line 2", "tabs"),
        ("7\t7\treading\n5\t5\tother\n", "line 2", "line 1"),
        ("x y z\n", "line 1", "Audacity"),
        ("", "line 1", "Audacity"),
        ('[\n{"id": 1,\n]', "line 3", "JSON"),
        (json.dumps([task(region("a", 5), fps=10)]), "region 1", "start and end"),
        (json.dumps([task(region(1, 5))]), "", "--fps"),
        (json.dumps([{"data": {}, "annotations": []}]), "", "TimelineLabels"),
        (json.dumps([{"annotations": [{"result": []}, {"result": []}]}]), "task 1", "2 annotations"),
        (EAF.replace("</TIER>", "", 1), "line 18", "XML"),
        (EAF.replace('ts3">', 'ts4">'), "line 11", "time"),
        (EAF.replace('VALUE="0"', 'VALUE="soon"'), "line 5", "milliseconds"),
        (EAF.replace("milliseconds", "PAL-frames"), "line 3", "PAL-frames"),
        (EAF.replace("<ANNOT", '<!DOCTYPE x [<!ENTITY a "b">]>\n<ANNOT', 1), "line 2", "entities"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(text: str, place: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TruthError) as failed:
        read_truth(path)
    assert str(failed.value).startswith(f"{path}{', ' if place else ''}{place}: ")
    assert told in str(failed.value) and "\n" not in str(failed.value)


def test_frames_are_counted_by_the_rate_that_is_given(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps([task(region(1, 50), region(50, 100, "other"), fps=10)]))
    assert rows(path) == [("reading", 0.0, 4.9), ("other", 4.9, 10.0)], (
        "a frame that two regions share is the later one's"
    )
    assert rows(path, fps=25) == [("reading", 0.0, 1.96), ("other", 1.96, 4.0)]
    counted = task(region(1, 50))
    counted["annotations"] = [{"result": [region(1, 50), {"value": {"framesCount": 300, "duration": 12.0}}]}]
    assert rows(written(tmp_path, json.dumps(counted))) == [("reading", 0.0, 2.0)]


def test_predictions_and_what_an_annotator_took_back_are_no_truth(tmp_path: Path) -> None:
    one = task(region(1, 50), fps=10)
    one["predictions"] = [{"result": [region(1, 9, "texting")]}]
    one["annotations"] = [{"result": [region(1, 50)]}, {"was_cancelled": True, "result": [region(1, 9, "texting")]}]
    assert rows(written(tmp_path, json.dumps([one]))) == [("reading", 0.0, 5.0)]


def test_a_tier_is_chosen(tmp_path: Path) -> None:
    second = (
        EAF[EAF.index("<TIER") : EAF.index("</TIER>") + 7].replace('"activity"', '"second"').replace("reading", "idle")
    )
    path = written(tmp_path, EAF.replace("</ANNOTATION_DOCUMENT>", second + "</ANNOTATION_DOCUMENT>"))
    assert rows(path, tier="second")[0] == ("idle", 0.0, 5.5)
    with pytest.raises(TruthError, match=r"--tier: activity, second$"):
        read_segments(path)
    with pytest.raises(TruthError, match="did you mean activity"):
        read_segments(path, tier="activiti")


def test_sources_are_told_apart(tmp_path: Path) -> None:
    text = "source,label,start_s,end_s\nclips/a.mp4,reading,0,5\nclips/b.mp4,other,0,3\n"
    path = written(tmp_path, text)
    found = read_segments(path)
    assert [one.label for one in of_source(found, "elsewhere/b.mp4", path)] == ["other"]
    with pytest.raises(TruthError, match=r"c\.mp4"):
        of_source(found, "c.mp4", path)
    studio = written(tmp_path, json.dumps([task(region(1, 9), fps=1), task(region(1, 5), video="/x/77-b.mp4", fps=1)]))
    assert [one.end_s for one in of_source(read_segments(studio), "b.mp4", studio)] == [5.0]


def test_the_rows_of_a_folder_are_one_source(tmp_path: Path) -> None:
    text = "source,label,start_s,end_s\nphotos/a.jpg ... b.jpg,reading,0,2\nphotos/c.jpg,other,2,3\n"
    assert rows(written(tmp_path, text)) == [("reading", 0.0, 2.0), ("other", 2.0, 3.0)]


@pytest.mark.parametrize("given", ["gone.csv", "folder", "image.png"])
def test_a_file_that_is_none(given: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(TruthError, match="expected a file of labels"):
        read_segments(tmp_path / given)


_LETTERS = '0:\t\n,;[{\\ \0-#é"'
_WORDS = [
    "5.5",
    "7,25",
    "label",
    "start_s",
    "end_s",
    "reading",
    "sep=;",
    "1:2:3",
    "<ANNOTATION_DOCUMENT",
    ">",
    "<TIER>",
    "null",
    "99999999999999999999",
]
_PIECES = st.sampled_from([*_LETTERS, *_WORDS])


@given(st.lists(_PIECES, max_size=40).map("".join) | st.binary(max_size=80).map(lambda data: data.decode("latin-1")))
def test_whatever_a_file_holds_it_is_read_or_refused_in_one_line(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "truth.txt")
        path.write_text(text, encoding="utf-8", newline="")
        try:
            read_truth(path)
        except TruthError as error:
            assert "\n" not in str(error)


def test_a_comment_may_stand_behind_a_label(tmp_path: Path) -> None:
    path = tmp_path / "truth.txt"
    path.write_text("# by hand\n0:00 reading  # a book\n0:07 texting # end\n0:09 lap #2\n0:11 C# #\n0:12 # who knows\n")
    (segments,) = read_segments(path).values()
    assert [one.label for one in segments] == ["reading", "texting", "lap #2", "C#", ""]
