"""`score --tune`, from its flags to its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.config.settings import load_project_settings, model_path
from app.errors import ConfigError
from app.file_urls import path_of
from app.model.classifier import Classifier
from app.outputs import check_distinct, check_target, write_text
from app.score.align import SECOND
from app.score.command import ScoreOptions
from app.score.measures.felt import Felt
from app.score.names import Names, read_map
from app.score.pairs import pair_up
from app.score.truth.truth import read_truth
from app.score.tuning.network_pass import PassStore
from app.score.tuning.picture import picture
from app.score.tuning.search import Clip, search
from app.score.tuning.settings_file import settings_text
from app.score.tuning.tuned import Tuned
from app.score.tuning.wish import KEPT_RIGHT, Wish
from app.system.process import use_one_opencv_thread
from app.system.terminal import complain, say
from app.text import counted

MAX_SWITCHES, MAX_DELAY_S = 1.0, 1.5  # a minute while nothing changes; at a change, the median
KEPT = ".network"  # below the folder of clips: what the network said of them
_NOT_WITH_TUNE = ("predicted", "duration", "collar", "report", "json", "fail_under")


@dataclass(frozen=True, kw_only=True)
class TuneOptions:
    """The command line's flags, typed.

    Attributes:
        clips: which clips, with which truth, model and settings.
        max_switches: a minute, while what goes on stays the same; None: MAX_SWITCHES.
        max_delay: at a change, s, the median; None: MAX_DELAY_S.
        min_right: minutes of an hour; None: KEPT_RIGHT of what the present settings reach.
        tuned: a settings file that is written.
        picture: an SVG file that is written.
        kept: the folder in which the network's answers are kept; None: KEPT below the clips.
    """

    clips: ScoreOptions
    max_switches: float | None = None
    max_delay: float | None = None
    min_right: float | None = None
    tuned: Path | None = None
    picture: Path | None = None
    kept: Path | None = None


def run_tune(options: TuneOptions) -> int:
    """Searches the settings that suit a wish, tells what there is, and writes the files.

    Returns:
        The exit status, 0.

    Raises:
        AppError: what the user can fix.
    """
    folder = _checked(options)
    given = options.clips
    settings = load_project_settings(given.config, given.overrides)
    model = given.model or model_path(settings, given.config)
    use_one_opencv_thread()
    classifier = Classifier(model, settings.inference.threads, settings.inference.provider)
    names = Names(classifier.contract.labels, read_map(given.map) if given.map is not None else {})
    store = PassStore(options.kept or folder / KEPT, classifier, settings)
    clips = list(_clips(options, folder, names, store))
    found = search(clips, classifier.contract, settings, names)

    wish = partial(_wish, options)
    tuned = Tuned(found, wish(found.totals()[0]), found.cross_validate(wish))
    for line in tuned.lines():
        say(line)
    if options.picture is not None:
        write_text(options.picture, picture(tuned))
    if options.tuned is not None:
        write_text(options.tuned, settings_text(settings, tuned.settings, model, _reasons(folder, clips, tuned)))
    return 0


def _clips(options: TuneOptions, folder: Path, names: Names, store: PassStore) -> Iterator[Clip]:
    """Reads every truth, then yields each clip; the network runs over those that it has not seen."""
    given = options.clips
    pairs, notes = pair_up(folder, given.truth or folder)
    if len(pairs) < 2:
        raise ConfigError(
            f"{folder}: {counted(len(pairs), 'clip')}; tuning needs two or more, to judge one by the other"
        )
    truths = [read_truth(file, str(clip), names, given.fps, given.tier) for clip, file in pairs]
    for number, ((clip, _), truth) in enumerate(zip(pairs, truths, strict=True), 1):
        if not store.has(clip):
            say(f"{clip}: the network looks at it, {number} of {len(pairs)}")
        seen = store.get(clip)
        known = truth.until(seen.end_s)
        notes += known.notes
        yield seen, known.timeline
    for note in notes:
        complain(f"note: {note}")


def _wish(options: TuneOptions, present: Felt) -> Wish:
    reached = present.minutes_per_hour(present.right) or 0.0
    return Wish(
        max_switches_per_min=MAX_SWITCHES if options.max_switches is None else options.max_switches,
        max_delay_s=MAX_DELAY_S if options.max_delay is None else options.max_delay,
        min_right_min_per_h=KEPT_RIGHT * reached if options.min_right is None else options.min_right,
    )


def _reasons(folder: Path, clips: list[Clip], tuned: Tuned) -> list[str]:
    minutes = tuned.totals[0].scored / SECOND / 60
    return [
        f"Found by `score {folder} --tune` on {counted(len(clips), 'clip')}, {minutes:.0f} minutes.",
        *tuned.lines(),
    ]


def _checked(options: TuneOptions) -> Path:
    """Checks that the flags fit one another and that every file can be written; returns the folder of clips."""
    given = options.clips
    wrong = next((name for name in _NOT_WITH_TUNE if getattr(given, name)), None)
    if wrong is not None:
        raise ConfigError(
            f"--{wrong.replace('_', '-')} does not go with --tune; score with the tuned settings afterwards"
        )
    folder = path_of(given.clip or "")
    if not given.clip or not folder.is_dir():
        raise ConfigError(f"--tune: expected a folder of clips with their truth files, got {given.clip or 'nothing'}")
    inputs = [path for path in (given.truth, given.model, given.config, given.map) if path is not None]
    for path, suffixes in ((options.tuned, (".yaml", ".yml")), (options.picture, (".svg",))):
        if path is not None:
            check_target(path, *suffixes, overwrite=given.overwrite, inputs=inputs)
    check_distinct([("--tuned", options.tuned), ("--picture", options.picture)])
    return folder
