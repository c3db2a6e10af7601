"""What is fuzzed: for each target how an input is made, and what the product does with it.

`run` returns for what the product takes or refuses in one line; anything else that it lets out is a finding.
"""

import contextlib
import csv
import functools
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import cv2
import msgspec
import numpy as np
import onnx
from PIL import Image as Pillow

from app.config import settings as config
from app.config.settings import DisplaySettings, Settings, SourceSettings
from app.config.yaml_file import load_settings
from app.entities import Activity, Frame
from app.errors import AppError
from app.images.heif import decode_heif
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.foreign import Form, advice, form_of
from app.overlay.overlay import Overlay
from app.sinks.console import Console
from app.sinks.tables import EventLog, PredictionTable
from app.sources.base import Source
from app.sources.folder import FolderSource
from app.sources.media import MediaSource
from app.sources.open import open_source
from tests import heif, toy
from tests.conftest import ROOT
from tests.fuzz import hostile
from training.commands.check import CheckOptions, check
from training.commands.import_model import ImportOptions, import_model
from training.data.dataset import load_dataset
from training.data.layout import DatasetFile
from training.data.split_store import store_path
from training.onnx_files.split_graph import cut_at_pooling
from training.recipe import Recipe
from training.reports.explained import caption_of, draw_explained, save_explained

SHARED = ROOT.parent / "shared"
MAX_MESSAGE = 2_000  # characters of an error, which is one line
_SEEN = ModelContract(("a", "b"), InputSpec(32, "squeeze"), (0.5, 0.5))
_MOST_FRAMES = 40  # of a video
_SEPARATOR = b"\x1e"
_METADATA = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3, {"backbone": "toy"}).to_metadata()


@dataclass(frozen=True)
class Target:
    """make: the input of a `Random`. run: gives it to the product; its second argument is an empty folder of its own.

    share: of a campaign's inputs. guided: whether coverage may guide it (the code is Python).
    """

    make: Callable[[Random], bytes]
    run: Callable[[bytes, Path], None]
    share: int
    guided: bool = False


class BrokenPromiseError(Exception):
    """The product let something through, or did something, that it promises not to."""


def refused(error: AppError) -> None:
    """Raises BrokenPromiseError unless an error of the product is one printable line of bearable length."""
    message = str(error)
    if not message or len(message) > MAX_MESSAGE or any(ord(letter) < 32 for letter in message):
        raise BrokenPromiseError(f"the error is no short line: {len(message)} characters, {message[:300]!r}")


def keys_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(kind):
        inner = field.type
        yield f"{prefix}{field.encode_name}"
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            yield from keys_of(inner, f"{prefix}{field.encode_name}.")


SETTING_KEYS, RECIPE_KEYS, DATASET_KEYS = (list(keys_of(kind)) for kind in (Settings, Recipe, DatasetFile))


def _settings(data: bytes, folder: Path) -> None:
    _write(folder / "config.yaml", data)
    settings = config.load(folder / "config.yaml", [])
    msgspec.json.encode(settings)


def _override(data: bytes, folder: Path) -> None:
    override = data.decode("utf-8", "surrogateescape")
    for kind in (Settings, Recipe):
        with contextlib.suppress(AppError):
            load_settings(kind, None, [override])
    load_settings(Settings, None, [override, override])


def _recipe(data: bytes, folder: Path) -> None:
    _write(folder / "recipe.yaml", data)
    msgspec.json.encode(load_settings(Recipe, folder / "recipe.yaml"))


def _dataset(data: bytes, folder: Path) -> None:
    """The folders named in it may be those of two good classes; no picture comes from outside the data root."""
    root = folder / "data"
    if not root.exists():
        for label in ("red", "green"):
            (root / label).mkdir(parents=True)
            for number in range(3):
                (root / label / f"cam-P{number}-{number}.png").write_bytes(_tiny_png())
        _write(folder / "secret.png", _tiny_png())
        (folder / "private").mkdir()
        _write(folder / "private" / "secret.png", _tiny_png())
    _write(root / "set.yaml", data)
    dataset = load_dataset(root / "set.yaml")
    for sample in dataset.samples:
        if not sample.path.resolve().is_relative_to(root.resolve()):
            raise BrokenPromiseError(f"{sample.name!r} lies outside the data root")
    json.dumps([dataset.name, dataset.labels, dataset.rights], ensure_ascii=False).encode()
    _stays_below(store_path(folder / "runs", dataset.name, 1), folder / "runs")


def _metadata(data: bytes, folder: Path) -> None:
    """The six values of a model's metadata, one after the other; b"" leaves a good one."""
    parts = data.split(_SEPARATOR)
    given = {key: part.decode("utf-8", "surrogateescape") for key, part in zip(_METADATA, parts, strict=False) if part}
    contract = ModelContract.from_metadata(_METADATA | given)
    if ModelContract.from_metadata(contract.to_metadata()).labels != contract.labels:
        raise BrokenPromiseError("the labels do not come back as they went")
    prepare(np.zeros((48, 64, 3), np.uint8), contract.input)


def _labels(data: bytes, folder: Path) -> None:
    """Labels in every place that they reach: folders, reports, file names, model, window, tables."""
    labels = [part.decode("utf-8", "surrogateescape") for part in data.split(_SEPARATOR)]
    home = folder / "home"
    home.mkdir()
    problem = None
    places = (_in_a_dataset_yaml, _as_folders)  # which are slow: one of them
    for place in (places[len(data) % 2], _in_a_model):
        try:
            place(labels, home)
        except AppError as error:
            problem = error
    if stray := {path.name for path in folder.iterdir()} - {"home"}:
        raise BrokenPromiseError(f"files outside the folder: {stray}")
    if problem is not None:
        raise problem


def _in_a_dataset_yaml(labels: list[str], home: Path) -> None:
    data = home / "data"
    (data / "pictures").mkdir(parents=True)
    (data / "pictures" / "1.png").write_bytes(_tiny_png())
    (data / "pictures" / "2.png").write_bytes(b"no picture")
    _write(data / "set.yaml", _dataset_yaml(labels))
    _check(data / "set.yaml", home, "yaml")


def _as_folders(labels: list[str], home: Path) -> None:
    data = home / "folders"
    data.mkdir()
    for label in labels:
        if label and "/" not in label and label not in {".", ".."}:
            with contextlib.suppress(OSError, ValueError):  # no name that the system would take
                (data / label).mkdir(exist_ok=True)
                (data / label / "1.png").write_bytes(_tiny_png())
                (data / label / "2.png").write_bytes(b"no picture")
    _check(data, home, "folders")


def _check(data: Path, home: Path, name: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        check(CheckOptions(data, report=home / f"report-{name}", quarantine=home / f"away-{name}"))
    out.getvalue().encode()
    page = (home / f"report-{name}" / "report.html").read_text(encoding="utf-8")
    if "<script" in page.lower() or "\0" in page:
        raise BrokenPromiseError("a label stands unescaped in the report")


def _in_a_model(labels: list[str], home: Path) -> None:
    contract = ModelContract(tuple(labels), InputSpec(32, "crop"), (0.5,) * len(labels))
    if ModelContract.from_metadata(contract.to_metadata()) != contract:
        raise BrokenPromiseError("the labels do not come back as they went")
    activity = Activity(
        labels[0], 0.9, 0.0, ((labels[0], 0.9), (labels[1], 0.1)), (0.9, 0.1, *[0.0] * (len(labels) - 2))
    )
    frame = Frame(toy.plain(toy.GREY, 320, 240), 0, 0.0, labels[-1])
    overlay = Overlay(labels, DisplaySettings())
    overlay.update(frame, activity)
    drawn = overlay.draw(frame.image, frame.source_id, note=f"saved {labels[0]}", help_shown=True)
    if drawn.shape != frame.image.shape:
        raise BrokenPromiseError(f"the picture became {drawn.shape}")
    with contextlib.redirect_stdout(io.StringIO()):
        Console(several=True).write(frame, activity)
    for sink in (EventLog(home / "log.csv"), PredictionTable(home / "predictions.csv", labels)):
        sink.write(frame, activity)
        sink.close()
    for name, header in (("log", 7), ("predictions", 5 + len(labels))):
        with (home / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            if [len(row) for row in csv.reader(file)] != [header, header]:
                raise BrokenPromiseError(f"{name}.csv has not one row of {header} columns")
    probs = np.array(activity.probs, np.float32)
    figure = draw_explained(frame.image, np.zeros((240, 320), np.float32), caption_of(contract.labels, probs, None))
    _stays_below(save_explained(figure, home / "explained", labels[0].replace("/", "-")), home)
    _stays_below(store_path(home / "runs", labels[0], 1), home / "runs")


def _onnx(data: bytes, folder: Path) -> None:
    _write(folder / "model.onnx", data)
    classifier = Classifier(folder / "model.onnx")
    size = classifier.contract.input.size
    classifier.predict(np.full((1, size, size, 3), 127, np.uint8))
    cut_at_pooling(folder / "model.onnx")


def _import(data: bytes, folder: Path) -> None:
    """A labels.txt and what is given for a model. What TensorFlow would open is looked at, but not opened."""
    labels, model = data.split(_SEPARATOR, 1)
    _write(folder / "labels.txt", labels)
    _write(folder / "model.bin", model)
    form = form_of(folder / "model.bin")
    if isinstance(form, Form):
        refused(AppError(advice(folder / "model.bin", form)))
        return
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import_model(ImportOptions(file=folder / "model.bin", output=folder / "imported.onnx"))
    Classifier(folder / "imported.onnx")


def _heif(data: bytes, folder: Path) -> None:
    image = decode_heif(data)
    if image is not None:
        _is_a_picture(image)


def _image(data: bytes, folder: Path) -> None:
    """The first byte chooses the suffix; every reader of pictures sees the file."""
    suffix = (".png", ".jpg", ".webp", ".tif", ".bmp")[data[0] % 5 if data else 0]
    pictures = folder / "red"
    pictures.mkdir()
    _write(pictures / f"1{suffix}", data[1:])
    for min_side_px in (None, 32):
        image = read_image(pictures / f"1{suffix}", min_side_px)
        if image is not None:
            prepare(image, _SEEN.input)
    if len(data) % 4 == 0:  # it is slow
        with contextlib.redirect_stdout(io.StringIO()):
            check(CheckOptions(folder, report=folder.parent / "report"))
    with FolderSource(pictures, SourceSettings()) as source:
        for frame in source:
            _is_a_picture(frame.image)
            frame.prepare(_SEEN.input)


def _video(data: bytes, folder: Path) -> None:
    _write(folder / "clip.bin", data)
    _play(MediaSource(str(folder / "clip.bin"), SourceSettings(), 0.0))


def _source(data: bytes, folder: Path) -> None:
    """As --source opens it: joined files, photographs and animations too. The first byte chooses the suffix."""
    path = folder / f"file{_SOURCE_SUFFIXES[data[0] % len(_SOURCE_SUFFIXES) if data else 0]}"
    _write(path, data[1:])
    _play(open_source(path, SourceSettings(), 0.0))


def _play(opened: Source) -> None:
    last_s = -1.0
    with opened as source:
        for index, frame in enumerate(source):
            _is_a_picture(frame.image)
            frame.prepare(_SEEN.input)
            if not last_s < frame.time_s < float("inf") or frame.index != index:
                raise BrokenPromiseError(f"frame {frame.index} at {frame.time_s} s after {last_s} s")
            last_s = frame.time_s
            if index >= _MOST_FRAMES:
                break


def _is_a_picture(image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise BrokenPromiseError(f"no picture: {image.dtype} {image.shape}")


def _stays_below(path: Path, folder: Path) -> None:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BrokenPromiseError(f"{path} lies outside {folder}")


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@functools.cache
def _tiny_png() -> bytes:
    return cv2.imencode(".png", toy.plain(toy.RED, 8, 8))[1].tobytes()


def _dataset_yaml(labels: list[str]) -> bytes:
    names = dict.fromkeys(labels)
    entries = "".join(f"  {json.dumps(name)}: [pictures]\n" for name in names)
    return f"name: {json.dumps(labels[0])}\nrights: {json.dumps(labels[-1])}\nclasses:\n{entries}".encode()


@functools.cache
def _yaml_files(*names: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for name in names for path in sorted(ROOT.glob(name))]


def _make_settings(random: Random) -> bytes:
    return hostile.document(random, SETTING_KEYS, _yaml_files("config.yaml"))


def _make_recipe(random: Random) -> bytes:
    return hostile.document(random, RECIPE_KEYS, _yaml_files("training/recipes/*.yaml"))


def _make_override(random: Random) -> bytes:
    key = random.choice(SETTING_KEYS + RECIPE_KEYS)
    key = key if random.random() < 0.8 else hostile.text(random)
    bare = hostile.value(random) if random.random() < 0.97 else hostile.bomb(random)
    return f"{key}={bare}".encode("utf-8", "surrogatepass")


_GOOD_DATASET = """name: n
rights: "{text}"
classes:
  a: [{folder}]
  b: [{{folder: green, at_most: {number}, repeat: {number}}}]
groups: {{red: {regex}}}
pinned: {{test: ["red:{text}"]}}
skip: [{skip}]
"""
_FOLDERS = (
    "red", "green", ".", "..", "../private", "red/..", "red/../../private", "/etc", "", "red/", "./red", "//red",
    '"red\\0"', '"\\ud800"', "~", "x" * 300, "nowhere",
)  # fmt: skip
_REGEXES = (
    "'^(cam-P[0-9]+)-'", "'(a'", "'(x)?cam'", "'(cam)|(x)'", "'((a+)+)+$'", "'(a{99999999999})'", "'('", "'(?i)(c)'",
    "'(c)(?i)'", "'[[a](c)'", "'(?P<n>c)'", "'(?P<n>c)(?P=n)'", "'(.)\\1'", "''", '"\\0(c)"', "'(?<=(c))a'", "'(*)'",
    "'" + "(" * 600 + "c" + ")" * 600 + "'", "'" + "(?:" * 3000 + "(c)" + ")" * 3000 + "'", "'(c{1,60000}){1,60000}'",
)  # fmt: skip
_SKIPS = ("'*-weak-*'", "'['", "'[!]'", "'[a-'", "'" + "*a" * 200 + "'", "'[]-a]'", "'*'", "''", '"\\0"', "'[[:x:]]'")


def _make_dataset(random: Random) -> bytes:
    if random.random() < 0.4:
        return hostile.document(random, DATASET_KEYS, _yaml_files("training/datasets/daily_activity.yaml"))
    text = hostile.text(random).replace("\\", "").replace('"', "")
    return hostile.encoded(
        random,
        _GOOD_DATASET.format(
            text=text,
            folder=", ".join(random.choices(_FOLDERS, k=random.choice((1, 1, 2)))),
            number=random.choice(("1", "2", random.choice(hostile.NUMBERS))),
            regex=random.choice(_REGEXES) if random.random() < 0.7 else hostile.quoted(random),
            skip=random.choice(_SKIPS) if random.random() < 0.7 else hostile.quoted(random),
        ),
    )


def _make_metadata(random: Random) -> bytes:
    parts = [b""] * len(_METADATA)
    for place in random.choices(range(len(parts)), k=random.choice((1, 1, 2, 6))):
        kind = random.random()
        if kind < 0.3:
            parts[place] = hostile.damaged(random, list(_METADATA.values())[place].encode())
        elif kind < 0.5:
            parts[place] = json.dumps(hostile.labels(random)).encode()
        elif kind < 0.55:
            count = random.choice((100, 100, 100, 1000, 100_000))
            parts[place] = json.dumps([f"c{number}" for number in range(count)]).encode()
        elif kind < 0.7:
            parts[place] = random.choice(hostile.NUMBERS).encode()
        elif kind < 0.8:
            parts[place] = (random.choice(("[", '{"a":', "[[1,")) * random.choice((100, 5000))).encode()
        else:
            parts[place] = hostile.encoded(random, hostile.value(random))
    return _SEPARATOR.join(part.replace(_SEPARATOR, b"") for part in parts)


def _make_labels(random: Random) -> bytes:
    names = hostile.labels(random)
    if random.random() < 0.6:  # as a model may have them, or nearly
        names = [name[:80] or "a" for name in names] + ["walking", "먹기"]
    return _SEPARATOR.join(name.encode("utf-8", "surrogatepass") for name in names)


@functools.cache
def _models() -> list[bytes]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        return [toy.write_model(Path(name) / "toy.onnx").read_bytes()]


@functools.cache
def _large_models() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "models").glob("*.onnx"))][:1]


def _make_onnx(random: Random) -> bytes:
    model = random.choice(_large_models() or _models()) if random.random() < 0.03 else random.choice(_models())
    if random.random() < 0.15:
        return model[: random.randrange(len(model))]
    return hostile.damaged(random, model)


@functools.cache
def _pictures() -> list[bytes]:
    """Each kind of picture that a camera, a phone or a scanner writes; a few real photographs where they are."""
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (24, 40, 3), np.uint8)
    made = [cv2.imencode(suffix, image)[1].tobytes() for suffix in (".png", ".jpg", ".webp", ".tif", ".bmp")]
    made += [cv2.imencode(".png", kind)[1].tobytes() for kind in (image[..., 0], image.astype(np.uint16) * 257)]
    made += [cv2.imencode(".tif", image.astype(kind))[1].tobytes() for kind in (np.uint16, np.float32)]
    made += [toy.exif_jpeg(image, orientation) for orientation in (0, 3, 6, 9)]
    picture = Pillow.fromarray(image)
    for mode, kind, options in (
        ("CMYK", "JPEG", {}), ("CMYK", "TIFF", {}), ("1", "PNG", {}), ("P", "PNG", {}), ("LA", "PNG", {}),
        ("RGBA", "WEBP", {}), ("P", "BMP", {}), ("RGB", "JPEG", {"progressive": True}), ("L", "TIFF", {}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("RGB", "GIF", {"save_all": True, "append_images": [picture] * 3}),
        ("RGB", "PNG", {"save_all": True, "append_images": [picture.rotate(9)]}),
        ("RGB", "WEBP", {"save_all": True, "append_images": [picture.rotate(9)]}),
        ("RGB", "TIFF", {"save_all": True, "append_images": [picture]}),
    ):  # fmt: skip
        file = io.BytesIO()
        picture.convert(mode).save(file, kind, **options)
        made.append(file.getvalue())
    made += _photographs()
    made.append(hostile.png(20_000, 20_000, depth=1, colour=0, rows=bytes(2_501 * 20_000)))  # 1.2 GB of 50 kB
    photographs = sorted(SHARED.glob("data/webcam/*/*.jpg"))[:3] + sorted(SHARED.glob("data/har15/*/*.jpg"))[:3]
    return made + [path.read_bytes() for path in photographs]


@functools.cache
def _photographs() -> list[bytes]:
    """HEIC and AVIF, in one piece, in tiles and moving."""
    from tempfile import TemporaryDirectory

    image = toy.corners()
    with TemporaryDirectory() as name:
        path = Path(name) / "photo"
        made = [heif.write(path, image, tile=tile, asks=asks).read_bytes() for tile, asks in _PHOTOGRAPHS]
    for options in ({}, {"save_all": True, "append_images": [Pillow.fromarray(image[::-1])] * 2}):
        file = io.BytesIO()
        Pillow.fromarray(image).save(file, "AVIF", **options)
        made.append(file.getvalue())
    return [*made, (ROOT / "tests" / "app" / "images" / "tiles.heic").read_bytes()]


_PHOTOGRAPHS = (
    (None, [heif.turned(1)]),
    ((32, 32), [heif.cropped(60, 40), heif.mirrored(1)]),
    ((16, 64), []),
)


def _make_heif(random: Random) -> bytes:
    photograph = random.choice(_photographs())
    head = min(len(photograph), 1200)  # where the boxes are
    return hostile.damaged(random, photograph[:head]) + photograph[head:]


_SIDES = (0, 1, 2, 255, 4096, 60_000, 65_535, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF)


def _make_image(random: Random) -> bytes:
    suffix = bytes([random.randrange(5)])
    kind = random.random()
    if kind < 0.05:
        width, height = random.choice(_SIDES), random.choice(_SIDES)
        rows = bytes(random.choice((0, 99, 180_003)))
        return suffix + hostile.png(
            width, height, depth=random.choice((1, 8, 16)), colour=random.choice((0, 2, 3, 4, 6)), rows=rows
        )
    picture = random.choice(_pictures())
    if kind < 0.1:
        return suffix + picture
    if kind < 0.2:
        return suffix + picture[: random.randrange(len(picture))]
    head = min(len(picture), 512)  # where the sizes and offsets stand
    if kind < 0.6:
        return suffix + hostile.damaged(random, picture[:head]) + picture[head:]
    return suffix + hostile.damaged(random, picture)


@functools.cache
def _clips() -> list[bytes]:
    """Short clips in several containers and codecs; real ones, shortened, where they are."""
    from tempfile import TemporaryDirectory

    clips = []
    kinds = (("mp4", "libx264"), ("mkv", "libx264"), ("avi", "mpeg4"), ("avi", "mjpeg"), ("mpegts", "mpeg2video"))
    with TemporaryDirectory() as name:
        for format_, codec in kinds:
            path = Path(name) / "clip"
            shown = [(toy.plain(toy.RED if index % 2 else toy.BLUE), index / 10) for index in range(12)]
            with contextlib.suppress(Exception):  # a codec that this FFmpeg lacks
                name_of = "matroska" if format_ == "mkv" else format_
                clips.append(toy.write_clip(path, shown, codec=codec, format_=name_of).read_bytes())
    real = sorted(SHARED.glob("clips/*.mkv"))[:2] + sorted(SHARED.glob("clips/*.gif"))[:1]
    return clips + [path.read_bytes()[:60_000] for path in real]


def _make_video(random: Random) -> bytes:
    clip = random.choice(_clips()) if random.random() < 0.9 else random.choice(_pictures())
    kind = random.random()
    if kind < 0.15:
        return clip[: random.randrange(len(clip))]
    head = min(len(clip), 1200)
    if kind < 0.5:
        return hostile.damaged(random, clip[:head]) + clip[head:]
    if kind < 0.7:
        return clip[:-head] + hostile.damaged(random, clip[-head:])  # an MP4 has its index there
    return hostile.damaged(random, clip)


_SOURCE_SUFFIXES = (".mp4", ".webp", ".heic", ".avif", ".mkv", ".png")


@functools.cache
def _joined() -> list[bytes]:
    """Files one after the other, and animations."""
    animations = [picture for picture in _pictures() if b"ANIM" in picture[:64] or b"acTL" in picture[:64]]
    return [one + other for one in _clips()[:3] for other in _clips()[:2]] + animations + _photographs()


def _make_source(random: Random) -> bytes:
    suffix = bytes([random.randrange(len(_SOURCE_SUFFIXES))])
    file = random.choice(_joined())
    if random.random() < 0.2:
        return suffix + file[: random.randrange(len(file))]
    return suffix + hostile.damaged(random, file)


@functools.cache
def _foreign_models() -> list[bytes]:
    """Models without this project's metadata, and the beginnings of files of other forms."""
    model = onnx.load_from_string(_models()[0])
    del model.metadata_props[:]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "{}")
    return [model.SerializeToString()] * 6 + [
        packed.getvalue(),
        b"\x89HDF\r\n\x1a\n",
        b"\x1c\0\0\0TFL3",
        b"\x80\4",
        b"<html>",
    ]


def _make_import(random: Random) -> bytes:
    labels = "\n".join(hostile.labels(random) if random.random() < 0.5 else toy.LABELS)
    model = random.choice(_foreign_models())
    model = hostile.damaged(random, model) if random.random() < 0.8 else model
    return labels.encode("utf-8", "surrogatepass").replace(_SEPARATOR, b"") + _SEPARATOR + model


TARGETS = {
    "settings": Target(_make_settings, _settings, 14, guided=True),
    "override": Target(_make_override, _override, 16, guided=True),
    "recipe": Target(_make_recipe, _recipe, 12, guided=True),
    "dataset": Target(_make_dataset, _dataset, 14, guided=True),
    "metadata": Target(_make_metadata, _metadata, 34, guided=True),
    "labels": Target(_make_labels, _labels, 2),
    "onnx": Target(_make_onnx, _onnx, 5),
    "import": Target(_make_import, _import, 2),
    "image": Target(_make_image, _image, 2),
    "heif": Target(_make_heif, _heif, 5, guided=True),
    "video": Target(_make_video, _video, 2),
    "source": Target(_make_source, _source, 2),
}


def try_one(target: Target, data: bytes, folder: Path) -> None:
    """Gives an input to a target. What this raises is a finding."""
    home = folder / "input"
    if target.run is not _dataset or not home.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    try:
        target.run(data, home)
    except AppError as error:
        refused(error)
    finally:
        shutil.rmtree(home.parent / "report", ignore_errors=True)
