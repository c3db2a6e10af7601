"""ELAN's annotations, .eaf: the aligned ones of one tier."""

import re
from xml.parsers import expat

from app.errors import TruthError
from app.score.timeline import Segment
from app.text import suggestion

_UNITS = "milliseconds"


def is_elan(text: str) -> bool:
    """Tells whether a text is a document of ELAN."""
    return re.search(r"<ANNOTATION_DOCUMENT\b", text[:10_000]) is not None


def read_elan(text: str, file: str, tier: str | None) -> list[Segment]:
    """Reads the annotations of a tier.

    Args:
        text: of the file.
        file: its name, for messages.
        tier: the name of the tier; None: the only one that has annotations.

    Raises:
        TruthError: no valid XML, another tier, several of them, or an annotation without a time, named by its line.
    """
    document = _Document(file)
    document.parse(text)
    tiers = {name: annotations for name, annotations in document.tiers.items() if annotations}
    if tier is not None and tier not in tiers:
        raise TruthError(f"{file}: no annotations in a tier {tier!r}; {suggestion(tier, list(tiers))}")
    if tier is None and len(tiers) > 1:
        raise TruthError(f"{file}: annotations in {len(tiers)} tiers; choose with --tier: {', '.join(tiers)}")
    chosen = tiers[tier] if tier is not None else next(iter(tiers.values()), [])
    return [document.segment(*annotation) for annotation in chosen]


class _Document:
    """What a document holds.

    Attributes:
        tiers: name -> annotations: label, names of both time slots, line.
    """

    def __init__(self, file: str) -> None:
        self.tiers: dict[str, list[tuple[str, str, str, int]]] = {}
        self._file = file
        self._slots: dict[str, int] = {}
        self._tier = ""
        self._open: tuple[str, str, int] | None = None
        self._label: list[str] | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._entity

    def parse(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise TruthError(f"{self._file}, line {error.lineno}: not valid XML: {error}") from None

    def segment(self, label: str, start: str, end: str, line: int) -> Segment:
        for slot in (start, end):
            if slot not in self._slots:
                raise TruthError(f"{self._file}, line {line}: {label!r} has no time; align it in ELAN")
        return Segment(label, self._slots[start] / 1000, self._slots[end] / 1000, place=f"line {line}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if name == "HEADER" and attributes.get("TIME_UNITS", _UNITS) != _UNITS:
            raise TruthError(f"{self._file}, line {line}: expected times in {_UNITS}, got {attributes['TIME_UNITS']!r}")
        if name == "TIME_SLOT" and "TIME_VALUE" in attributes:
            try:
                self._slots[attributes.get("TIME_SLOT_ID", "")] = int(attributes["TIME_VALUE"])
            except ValueError:
                raise TruthError(f"{self._file}, line {line}: expected milliseconds as TIME_VALUE") from None
        elif name == "TIER":
            self._tier = attributes.get("TIER_ID", "")
            self.tiers.setdefault(self._tier, [])
        elif name == "ALIGNABLE_ANNOTATION":
            self._open = (attributes.get("TIME_SLOT_REF1", ""), attributes.get("TIME_SLOT_REF2", ""), line)
        elif name == "ANNOTATION_VALUE" and self._open is not None:
            self._label = []

    def _end(self, name: str) -> None:
        if name == "ANNOTATION_VALUE" and self._open is not None and self._label is not None:
            self.tiers.setdefault(self._tier, []).append(("".join(self._label).strip(), *self._open))
            self._label = None
        elif name == "ALIGNABLE_ANNOTATION":
            self._open = None

    def _characters(self, data: str) -> None:
        if self._label is not None:
            self._label.append(data)

    def _entity(self, *_: object) -> None:
        raise TruthError(f"{self._file}, line {self._parser.CurrentLineNumber}: entities are not taken; remove them")
