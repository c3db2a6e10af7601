"""The documents are true where a program can tell: links, commands, flags, settings, the rooms of the tree."""

import importlib.util
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import pytest

import app
from app import cli
from app.benchmark.__main__ import main as benchmark
from app.config.settings import load
from app.config.yaml_file import load_settings
from app.day.__main__ import main as day
from app.scan.__main__ import main as scan
from app.score.__main__ import main as score
from app.teach.__main__ import main as teach
from tests import toy
from tests.conftest import ROOT
from tests.test_architecture import APP_LAYERS, TRAINING_LAYERS
from training.__main__ import main as training
from training.recipe import DEFAULT_RECIPE, Recipe

README, DOCS = ROOT / "README.md", ROOT / "docs"
DOCUMENTS = [
    README,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "assets/README.md")),
    *sorted(DOCS.glob("*.md")),
    *sorted((ROOT / "models").glob("*.md")),
]
README_BYTES = 7_000
Main = Callable[[list[str]], int]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
MODULE = re.compile(r"\bpython -m ([a-z_][\w.]*)")
SCRIPT = re.compile(r"\bpython ([\w/]+\.py)")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
SETTING = re.compile(r"(?:--set |`)([a-z_]+(?:\.[a-z_]+)+=[^\s`]+)")
RECIPE_KEY = re.compile(r"--set '?([a-z_.]+=(?:\{[^}]*\}|\[[^\]]*\]|[\w.+-]*\w))")
SOURCE_FILE = re.compile(r"`([a-z_0-9]+(?:/[a-z_0-9]+)+\.(?:py|yaml))`")
PLACEHOLDERS = {"key=value", "group.key=value", "test_y.py", "app/x/y.py", "tests/app/x/test_y.py"}
EVERY_COMMAND = {"--help", "--debug"}  # said once for all commands


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(document: Path) -> Iterator[str]:
    """Targets of the links and pictures that lead to this project's own files."""
    text = re.sub(r"`[^`\n]*`", "", document.read_text(encoding="utf-8"))  # code may look like a link
    for link, picture in LINK.findall(text):
        target = link or picture
        if "://" not in target:
            yield target


def anchors(document: Path) -> set[str]:
    """The anchors that a Markdown renderer gives to the headings."""
    text = re.sub(r"^    .*$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def matching(pattern: re.Pattern[str], documents: Sequence[Path]) -> list[tuple[str, str]]:
    """Document and match, each pair once."""
    found = {(named(path), match) for path in documents for match in pattern.findall(path.read_text(encoding="utf-8"))}
    return sorted(pair for pair in found if pair[1] not in PLACEHOLDERS)


def section(document: Path, heading: str) -> str:
    """The text below a heading, up to the next one of any level."""
    text = document.read_text(encoding="utf-8")
    return re.split(r"^#+ ", text.split(f"{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def programs(document: Path) -> list[str]:
    """The indented blocks that are Python programs using the public face."""
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [
        textwrap.dedent(block).strip()
        for block in blocks
        if re.search("^    from (app|training) import", block, re.MULTILINE)
    ]


def flags_of(main: Main, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The flags that a command line's --help lists."""
    with pytest.raises(SystemExit):
        main([*arguments, "--help"])
    return set(FLAG.findall(capsys.readouterr().out)) - EVERY_COMMAND


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in links(document):
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        assert target.is_relative_to(ROOT), f"{link} leads out of the project"
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short() -> None:
    assert len(README.read_bytes()) <= README_BYTES


def test_every_document_can_be_found_from_the_readme_or_the_architecture() -> None:
    entries = (README, DOCS / "architecture.md")
    linked = {(entry.parent / link.partition("#")[0]).resolve() for entry in entries for link in links(entry)}
    assert set(DOCS.glob("*.md")) <= linked | {README}
    assert {ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"} <= linked


@pytest.mark.parametrize(("document", "module"), matching(MODULE, DOCUMENTS))
def test_every_module_that_is_started_exists(document: str, module: str) -> None:
    found = importlib.util.find_spec(module)
    assert found is not None
    if found.submodule_search_locations:
        assert importlib.util.find_spec(f"{module}.__main__") is not None


@pytest.mark.parametrize(("document", "script"), matching(SCRIPT, DOCUMENTS))
def test_every_script_that_is_started_exists(document: str, script: str) -> None:
    assert (ROOT / script).is_file()


@pytest.mark.parametrize(("document", "path"), matching(SOURCE_FILE, DOCUMENTS))
def test_every_source_file_that_is_named_exists(document: str, path: str) -> None:
    """Below the project, or below app/ or training/ where the text is about one of them."""
    assert any((ROOT / top / path).is_file() for top in ("", "app", "training"))


def test_every_test_that_is_named_exists() -> None:
    files = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    known = {path.name for path in files}
    for path in files:
        known |= set(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    named = {name for _, name in matching(re.compile(r"\btest_\w+(?:\.py)?"), DOCUMENTS)}
    assert named - {Path(__file__).name} <= known
    for _, keyword in matching(re.compile(r"pytest -k (\w+)"), DOCUMENTS):
        assert any(keyword in name for name in known), keyword


@pytest.mark.parametrize(
    ("document", "synopsis", "main"),
    [
        ("usage.md", "python run_webcam.py [--source", cli.main),
        ("usage.md", "python -m app.benchmark [CLIP]", benchmark),
        ("usage.md", "python -m app.day [PERIOD]", day),
        ("teaching.md", "python -m app.teach --data", teach),
        ("scoring.md", "python -m app.score CLIP", score),
        ("archives.md", "python -m app.scan PATH", scan),
    ],
)
def test_a_synopsis_has_every_flag_and_no_other(
    document: str, synopsis: str, main: Main, capsys: pytest.CaptureFixture[str]
) -> None:
    block = (DOCS / document).read_text(encoding="utf-8").split(f"    {synopsis}", 1)[1].split("\n\n", 1)[0]
    told = set(FLAG.findall(f"{synopsis}{block}")) - EVERY_COMMAND
    assert told == flags_of(main, [], capsys)


COMMANDS = re.findall(r"^### ([a-z-]+)$", (DOCS / "training.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_training_has_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        training(["--help"])
    listed = re.findall(r"^    ([a-z-]+)(?: |$)", capsys.readouterr().out, flags=re.MULTILINE)
    assert set(listed) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_training_has_every_flag_and_no_other(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    synopsis = section(DOCS / "training.md", f"### {command}").split("\n\n")[0]
    assert set(FLAG.findall(synopsis)) == flags_of(training, [command], capsys)


@pytest.mark.parametrize(("document", "override"), matching(SETTING, [DOCS / "usage.md"]))
def test_every_setting_that_is_shown_can_be_set(document: str, override: str) -> None:
    assert load(None, [override]) != load(None, [])


@pytest.mark.parametrize(("document", "override"), matching(RECIPE_KEY, [DOCS / "training.md", *DOCUMENTS[-4:]]))
def test_every_recipe_key_that_is_shown_can_be_set(document: str, override: str) -> None:
    load_settings(Recipe, DEFAULT_RECIPE, [override])


@pytest.mark.parametrize("top", ["app", "training"])
def test_the_architecture_names_every_room(top: str) -> None:
    lines = section(DOCS / "architecture.md", "## Rooms").splitlines()
    start = lines.index(f"    {top}/") + 1
    told: set[str] = set()
    for line in lines[start:]:
        entry = re.match(r" {6}(\S.*?)(?: {2,}|$)", line)
        if not entry:
            break
        told |= {name.strip("/") for name in entry[1].split()}
    rooms = {path.name for path in (ROOT / top).iterdir() if not path.name.startswith("_")}
    shown = {name for name in rooms if name.endswith(".py") or (ROOT / top / name).is_dir()}
    extras = {"__main__.py", "recipes", "datasets", "templates"}
    assert told - extras == shown - extras


@pytest.mark.parametrize(("top", "layers"), [("app", APP_LAYERS), ("training", TRAINING_LAYERS)])
def test_the_architecture_has_the_layers_in_order(top: str, layers: Sequence[tuple[str, ...]]) -> None:
    block = section(DOCS / "architecture.md", "## Layers").split(f"\n    {top} ", 1)[1]
    text = re.split(r"\n\n|\n    training ", block, maxsplit=1)[0]
    told = [set(re.findall(r"\w+", layer)) for layer in text.split("<")]
    assert told == [{name.removeprefix(f"{top}.") for name in layer} for layer in layers if "__main__" not in layer[0]]


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the programs of the documents find where they run: models/, clip.mp4, photo.jpg, photos/ and images/."""
    monkeypatch.chdir(tmp_path)
    Path("models").symlink_to(ROOT / "models")
    toy.colour_clip(Path("clip.mp4"), 0.5, 10, lambda time_s: toy.RED)
    for name in ("photo.jpg", "photos/one.jpg", "images/reading/one.jpg", "images/writing/one.jpg"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(cv2.imencode(".jpg", toy.plain(toy.BLUE))[1].tobytes())


@pytest.mark.parametrize("program", [*programs(README), *programs(DOCS / "api.md")])
@pytest.mark.usefixtures("inputs")
def test_every_program_runs(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On a short clip, in place of the camera and the demo."""
    exec(compile(re.sub(r'"demo"|(?<=open_source\()0', '"clip.mp4"', program), "program", "exec"), {})
    assert "print(" not in program or capsys.readouterr().out


def test_the_api_has_every_public_name() -> None:
    assert set(re.findall(r"`(\w+)`", section(DOCS / "api.md", "## Names"))) >= set(app.__all__)
