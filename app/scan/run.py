"""One scan, from the options to the tables."""

import hashlib
import os
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

import msgspec

from app.config.settings import load_project_settings, model_path
from app.errors import ConfigError, OutputError
from app.file_urls import path_of
from app.model.classifier import Classifier
from app.outputs import check_distinct, check_target
from app.scan.engine import Engine
from app.scan.inputs import STDIN, find_files
from app.scan.job import Job, make_job
from app.scan.manifest import Manifest
from app.scan.options import ScanOptions
from app.scan.pool import Pool
from app.scan.progress import Progress
from app.scan.report import Summary, write_report
from app.scan.tables import SUFFIXES, Table, check_parquet, open_table
from app.scan.timeline import Row, Timeline
from app.sources.address import is_url
from app.system.cores import usable_cores
from app.system.terminal import complain, say
from app.text import counted

SOME_FAILED = 1  # exit status


def run_scan(options: ScanOptions) -> int:
    """Runs a scan to its end.

    Args:
        options: what the user asks.

    Returns:
        The exit status: 0, or 1 where some file could not be read as a whole.

    Raises:
        AppError: what the user can fix.
        Interrupted: Ctrl-C and the like; `--resume` goes on.
    """
    settings = load_project_settings(options.config, options.overrides)
    model = options.model or model_path(settings, options.config)
    manifest_path = manifest_of(options.output)
    if options.resume and options.output.exists() and not manifest_path.exists():
        say(f"{options.output}: is complete; nothing is left to do")
        return 0
    _check(options, model, manifest_path)
    job = make_job(model, settings, options.every_s, options.keyframes, options.piece_s)
    contract = Classifier(model, settings.inference.threads).contract
    in_turn = contract.cues is not None and settings.cues.use == "on"
    if options.overwrite and not options.resume:
        _remove(manifest_path)
    # before there is a manifest, which a mistake must not leave behind
    files = None if manifest_path.exists() else find_files(options.paths)
    with Manifest(manifest_path, in_turn) as manifest:
        _begin(manifest, options, job, files)
        progress = Progress(manifest)
        if not manifest.is_done:
            with _engine(options, job) as engine:
                engine.run(progress)
        progress.end()
        summary = _write(options, Timeline(contract, job.settings, options.looks is not None), manifest)
    if summary.problems:
        say(f"{options.output}: {summary.line(progress)}; --resume tries what failed again")
        return SOME_FAILED
    _remove(manifest_path)
    say(f"{options.output}: {summary.line(progress)}")
    return 0


def manifest_of(output: Path) -> Path:
    """Returns where a scan keeps what it knows until its table is complete."""
    return output.with_name(f"{output.name}.manifest")


def _check(options: ScanOptions, model: Path, manifest: Path) -> None:
    """Checks all that is written, before any work."""
    if manifest.exists() and not (options.resume or options.overwrite):
        raise OutputError(f"{options.output}: {_what_became(manifest)}")
    files = [path_of(path) for path in options.paths if path != STDIN and not is_url(path)]
    inputs = [model, *files, *([options.config] if options.config else [])]
    targets = [("--output", options.output), ("--looks", options.looks), ("--report", options.report)]
    for flag, path in targets:
        if path is not None:
            suffixes = (".html",) if flag == "--report" else SUFFIXES
            replaces = options.overwrite or (options.resume and manifest.exists())
            check_target(path, *suffixes, overwrite=replaces, inputs=[one for one in inputs if not one.is_dir()])
            check_parquet(path)
    check_distinct(targets)


def _what_became(path: Path) -> str:
    """Says how the scan ended whose manifest is there."""
    with Manifest(path, in_turn=False) as earlier:
        if earlier.is_new or not earlier.is_done or not earlier.problems:
            return "a scan was interrupted; --resume goes on, --overwrite begins again"
        return (
            f"was scanned, and {counted(earlier.problems, 'file')} had a problem, which the table names; "
            "--resume tries again what could not be read, --overwrite scans all anew, after you have mended files"
        )


def _begin(manifest: Manifest, options: ScanOptions, job: Job, files: list[str] | None) -> None:
    """Writes the list of files down, or checks that an earlier one is of the same scan."""
    known = _fingerprint(job, options)
    if manifest.is_new:
        manifest.begin(known, find_files(options.paths) if files is None else files)
    elif manifest.job() != known:
        raise ConfigError(
            f"{options.output}: the interrupted scan had other paths, another model or other settings; "
            "give the same ones, or begin again with --overwrite"
        )
    else:
        manifest.again()
    manifest.measure()


def _fingerprint(job: Job, options: ScanOptions) -> bytes:
    """What the table depends on."""
    model = hashlib.sha256(Path(job.model).read_bytes()).hexdigest()
    paths = [os.fsencode(path) for path in options.paths]
    settings = job.settings
    decisive = [settings.inference.every_s, settings.cues, settings.smoothing, settings.source.folder_fps]
    return msgspec.msgpack.encode([model, decisive, job.keyframes, paths])


def _engine(options: ScanOptions, job: Job) -> AbstractContextManager[Engine]:
    workers = options.workers or usable_cores()
    if options.engine == "ray":
        try:
            from app.scan.ray_engine import RayEngine
        except ImportError:
            raise ConfigError("--engine ray needs Ray; pip install 'daily-activity[ray]', or --engine pool") from None
        return RayEngine(job, options.workers, options.address)
    return Pool(job, workers)


def _write(options: ScanOptions, timeline: Timeline, manifest: Manifest) -> Summary:
    """Writes the tables and the report; each is complete or as it was."""
    summary = Summary(timeline.labels)
    with ExitStack() as stack:
        segments = stack.enter_context(open_table(options.output, Row._fields))
        looks: Table | None = None
        if options.looks:
            columns = ("file", "time_s", "label", "confidence", *(f"p_{label}" for label in timeline.labels))
            looks = stack.enter_context(open_table(options.looks, columns))
        for file in manifest.results():
            rows = list(timeline.rows(file))
            for row in rows:
                segments.write(row)
                if row.problem:
                    complain(f"warning: {row.file}: {row.problem}")
            for look in timeline.looks:
                assert looks is not None
                looks.write((*look[:4], *look.probs))
            summary.add(rows, file.end_s)
    if options.report:
        write_report(options.report, summary, options.output.name)
    return summary


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-journal"):
        with suppress(OSError):
            path.with_name(name).unlink(missing_ok=True)
