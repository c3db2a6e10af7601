"""`score`, from its flags to its files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.command import EXIT_MISTAKE
from app.config.settings import load_project_settings, model_path
from app.errors import ConfigError, SourceError
from app.file_urls import exists, path_of
from app.outputs import check_distinct, check_target, check_unread, write_text
from app.score.bars import missed, parse_bar
from app.score.names import Names, read_map
from app.score.page import write_page
from app.score.pairs import pair_up
from app.score.report_text import clip_line, report
from app.score.result import Result, ScoredClip
from app.score.runs import How, Job, score_clips, score_log
from app.score.score import COLLARS, score
from app.score.timeline import Timeline
from app.score.watch import Watcher
from app.sources.open import DEMO
from app.system.process import use_one_opencv_thread
from app.system.terminal import complain, say
from app.text import printable

EXIT_BELOW = 1  # a bar of --fail-under is missed
_USED = ("inference", "cues", "smoothing")  # groups of settings that change what is shown


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """The command line's flags, typed.

    Attributes:
        clip: a clip, or a folder of clips; None: `predicted` is scored.
        truth: the truth file; of a folder, the folder of its truth files; None: the folder itself.
        predicted: a log that exists.
        duration: the length of the clip of `predicted`, s; None: the end of the log.
        model: an ONNX model; None: that of the settings.
        config: the YAML file with the settings; None: the project's own.
        overrides: single settings, "group.key=value", that go before the file.
        map: what labels stand for, YAML.
        fps: frames a second of a project of Label Studio.
        tier: of an ELAN file.
        collar: of the event-based F1, s; None: COLLARS.
        report: an HTML page.
        json: a JSON file.
        overwrite: replace files that exist.
        fail_under: METRIC=VALUE each.
    """

    clip: str | None = None
    truth: Path | None = None
    predicted: Path | None = None
    duration: float | None = None
    model: Path | None = None
    config: Path | None = None
    overrides: Sequence[str] = ()
    map: Path | None = None
    fps: float | None = None
    tier: str | None = None
    collar: Sequence[float] | None = None
    report: Path | None = None
    json: Path | None = None
    overwrite: bool = False
    fail_under: Sequence[str] = ()


def run_score(options: ScoreOptions) -> int:
    """Scores what the options name, tells it, and writes the files.

    Returns:
        The exit status: 0, EXIT_BELOW, or EXIT_MISTAKE where a clip could not be scored.

    Raises:
        AppError: what the user can fix.
    """
    _check(options)
    collars = tuple(dict.fromkeys(options.collar or COLLARS))
    known = list(score(Timeline(()), Timeline(()), collars).values())
    bars = [parse_bar(text, known) for text in options.fail_under]
    mapping = read_map(options.map) if options.map is not None else {}
    result = (_of_log if options.predicted is not None else _of_clips)(options, mapping, collars)
    for line in report(result):
        _say(line)
    for note in result.notes:
        complain(f"note: {printable(note)}")
    for line in result.failed:
        complain(f"error: {printable(line)}")
    if options.json is not None:
        write_text(options.json, json.dumps(result.to_json(), indent=2) + "\n")
    if options.report is not None:
        write_page(options.report, result)
    below = list(missed(bars, result.total))
    for line in below:
        complain(f"below the bar: {line}")
    if result.failed:
        return EXIT_MISTAKE
    return EXIT_BELOW if below else 0


def _of_log(options: ScoreOptions, mapping: dict[str, str | None], collars: Sequence[float]) -> Result:
    assert options.predicted is not None and options.truth is not None
    how = How(names=Names(None, mapping), fps=options.fps, tier=options.tier, collars=collars)
    clips, notes, _ = score_log(options.predicted, options.truth, options.duration, how)
    for clip in clips:
        _tell(clip)
    about = {"Log": str(options.predicted), **_about(options)}
    return Result(clips=clips, notes=notes, about=about)


def _of_clips(options: ScoreOptions, mapping: dict[str, str | None], collars: Sequence[float]) -> Result:
    jobs, skipped = _jobs(options)
    for target in filter(None, (options.report, options.json)):
        check_unread(target, [job.truth for job in jobs])
    settings = load_project_settings(options.config, options.overrides)
    model = options.model or model_path(settings, options.config)
    use_one_opencv_thread()
    watcher = Watcher(model, settings)
    how = How(
        names=Names(watcher.labels, mapping),
        fps=options.fps,
        tier=options.tier,
        collars=collars,
        stills=options.report is not None,
    )
    clips, notes, failed = score_clips(jobs, watcher, how, _tell)
    used: dict[str, Any] = {group: msgspec.to_builtins(getattr(settings, group)) for group in _USED}
    folder = {"Clips": str(options.clip)} if len(jobs) > 1 else {}
    about = {"Model": str(model), **folder, **_about(options)}
    return Result(clips=clips, notes=[*skipped, *notes], failed=failed, about=about, settings=used)


def _tell(clip: ScoredClip) -> None:
    _say(clip_line(clip))


def _say(line: str) -> None:
    say(printable(line))  # labels come from files


def _about(options: ScoreOptions) -> dict[str, str]:
    given = {"Truth": options.truth, "Map": options.map, "Settings": options.config}
    return {name: str(path) for name, path in given.items() if path is not None}


def _jobs(options: ScoreOptions) -> tuple[list[Job], list[str]]:
    assert options.clip is not None
    path = path_of(options.clip)
    if options.clip != DEMO and not (options.clip and exists(path)):
        raise SourceError(f"{options.clip}: no such file or folder; expected a clip, or a folder of clips")
    if path.is_dir() and (options.truth is None or options.truth.is_dir()):
        pairs, notes = pair_up(path, options.truth or path)
        return [Job(str(clip.relative_to(path)), str(clip), truth) for clip, truth in pairs], notes
    if options.truth is None:
        raise ConfigError(f"{options.clip}: what is going on in it? give --truth FILE")
    return [Job(options.clip, options.clip, options.truth)], []


def _check(options: ScoreOptions) -> None:
    """Checks that the flags fit one another, and that every file can be written."""
    if (options.clip is None) == (options.predicted is None):
        raise ConfigError("expected a clip, a folder of clips, or --predicted LOG.csv; one of them")
    if options.predicted is not None and options.truth is None:
        raise ConfigError(f"--predicted {options.predicted}: what was going on meanwhile? give --truth FILE")
    if options.predicted is None and options.duration is not None:
        raise ConfigError("--duration goes with --predicted; a clip that is run has its own length")
    if options.predicted is not None and (options.model or options.config or options.overrides):
        raise ConfigError("--model, --config and --set say how a clip is run; --predicted is scored as it is")
    clip = path_of(options.clip) if options.clip else None
    inputs = (clip, options.truth, options.predicted, options.model, options.config, options.map)
    read = [path for path in inputs if path is not None]
    if options.report is not None:
        check_target(options.report, ".html", ".htm", overwrite=options.overwrite, inputs=read)
    if options.json is not None:
        check_target(options.json, ".json", overwrite=options.overwrite, inputs=read)
    check_distinct([("--report", options.report), ("--json", options.json)])
