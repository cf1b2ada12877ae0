"""Reading a file into rows of texts: what it is, its encoding, its delimiter, its header."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from core.exchange.errors import (
    CellTooLong,
    EncodingDamaged,
    FileCutOff,
    FileEmpty,
    FileTooLarge,
    NoRows,
    NoSheets,
    NotATable,
    QuotesDamaged,
    UnknownSheet,
    WorkbookDamaged,
)
from core.exchange.fields import recognised

Read = Callable[[int, int, str], None]

MEGABYTE = 1024 * 1024
MOST_BYTES = 256 * MEGABYTE
MOST_UNPACKED = 1024 * MEGABYTE
HEADER_WITHIN = 10
USABLE = 3
ROWS_AT_ONCE = 4096
MOST_CONTROL = 0.1
DELIMITERS = ",;\t|"

_BOOK = "xl/workbook.xml"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Where zeros stand in an encoding without a mark: from which byte on, how far apart, and in what part of these places.
_WIDE = (
    (3, 4, 0.99, "utf-32-le"),
    (0, 4, 0.99, "utf-32-be"),
    (1, 2, 0.6, "utf-16-le"),
    (0, 2, 0.6, "utf-16-be"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<|\{|\[\s*\{)")
_SINCE_1904 = re.compile(rb'date1904="(?:1|true)"')
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass
class Sheet:
    """The columns of a file under their header. `damaged` holds the length of rows that do not fit it.

    `day_zero` is the day from which a workbook counts its dates, where that is known; `title` is the
    sheet of the workbook that was read, out of `titles`.
    """

    name: str
    hash: str
    header: list[str]
    columns: list[list[str]]
    lines: list[int]
    damaged: dict[int, int] = field(default_factory=dict)
    delimiter: str = ""
    day_zero: date | None = None
    title: str = ""
    titles: list[str] = field(default_factory=list)

    def column(self, at: int) -> list[str]:
        """The cells of one column."""
        return self.columns[at]


def read_sheet(source: Path | bytes, name: str, told: Read | None = None, *, title: str = "") -> Sheet:
    """The file's rows. Refuses, in a sentence, what is no table; nothing larger than the limit is read.

    Of a workbook the sheet of this title is read, or else the first one that looks like orders.
    `told` hears now and then how much of a text was read.
    """
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MOST_BYTES:
        raise FileTooLarge(file=name, size=size // MEGABYTE, limit=MOST_BYTES // MEGABYTE)
    content = source.read_bytes() if isinstance(source, Path) else source
    if not content.strip():
        raise FileEmpty(file=name)
    builder = _Builder(Sheet(name, hashlib.sha256(content).hexdigest(), [], [], []))
    if content.startswith((_ZIP, _OLE)):
        _read_workbook(builder, content, title)
        return builder.finished(is_closed=True)
    if title:
        raise NoSheets(file=name)
    if _MARKUP.match(content):
        raise NotATable(file=name)
    _read_csv(builder, content, told or (lambda _done, _total, _sentence: None))
    return builder.finished(is_closed=content.rstrip(b"\x00")[-1:] in {b"\n", b"\r"})


class _Builder:
    """Turns rows into columns, some thousand at a time; equal cells of a column share one text."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.width = 0
        self.shared: list[dict[str, str]] = []

    def add(self, rows: list[list[str]], lines: Sequence[int]) -> None:
        kept = [at for at, row in enumerate(rows) if (row and row[0].strip()) or any(map(str.strip, row))]
        if len(kept) < len(rows):
            rows, lines = [rows[at] for at in kept], [lines[at] for at in kept]
        if rows and not self.width:
            head = max(range(min(HEADER_WITHIN, len(rows))), key=lambda at: (recognised(rows[at]), -at))
            self._begin(rows[head])
            rows, lines = rows[head + 1 :], lines[head + 1 :]
        for at, row in enumerate(rows, len(self.sheet.lines)):
            if len(row) != self.width:
                self._fit(at, row)
        self.sheet.lines.extend(lines)
        for column, shared, cells in zip(self.sheet.columns, self.shared, zip(*rows, strict=True), strict=False):
            column.extend(map(shared.setdefault, cells, cells))

    def finished(self, *, is_closed: bool) -> Sheet:
        sheet = self.sheet
        if not self.width:
            raise FileEmpty(file=sheet.name)
        if not sheet.lines:
            raise NoRows(file=sheet.name)
        if not is_closed and sheet.damaged.get(len(sheet.lines) - 1, self.width) < self.width:
            raise FileCutOff(file=sheet.name, line=sheet.lines[-1])
        return sheet

    def _begin(self, head: list[str]) -> None:
        header = [cell.strip() for cell in head]
        while not header[-1]:
            header.pop()
        self.width = len(header)
        self.sheet.header = header
        self.sheet.columns = [[] for _ in header]
        self.shared = [{} for _ in header]

    def _fit(self, at: int, row: list[str]) -> None:
        if len(row) < self.width or any(map(str.strip, row[self.width :])):
            self.sheet.damaged[at] = len(row)
        row[self.width :] = [""] * (self.width - len(row))


def _read_csv(builder: _Builder, content: bytes, told: Read) -> None:
    name = builder.sheet.name
    encoding = _encoding(content, name)
    delimiter = builder.sheet.delimiter = _delimiter(content, encoding)
    raw = io.BytesIO(content)
    with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 1
        while True:
            try:
                rows = list(islice(reader, ROWS_AT_ONCE))
            except csv.Error as error:
                begun = _last_whole_line(content, encoding, delimiter) + 1
                if "limit" in str(error):
                    raise CellTooLong(file=name, line=begun, limit=csv.field_size_limit()) from error
                raise QuotesDamaged(file=name, line=begun) from error
            if not rows:
                return
            builder.add(rows, _lines_of(rows, line, reader.line_num + 1))
            told(raw.tell(), len(content), "")
            line = reader.line_num + 1


def _last_whole_line(content: bytes, encoding: str, delimiter: str) -> int:
    """Where the last row ends that can be read; only damaged files are read once more for it."""
    ends = 0
    with suppress(csv.Error), io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        for _row in reader:
            ends = reader.line_num
    return ends


def _lines_of(rows: list[list[str]], first: int, after: int) -> Sequence[int]:
    """Where each row begins; a cell may go over several lines."""
    if after - first == len(rows):
        return range(first, after)
    lines = []
    for row in rows:
        lines.append(first)
        first += 1 + sum(len(_LINE_END.findall(cell)) for cell in row)
    return lines


def _read_workbook(builder: _Builder, content: bytes, title: str) -> None:
    sheet, name = builder.sheet, builder.sheet.name
    if content.startswith(_ZIP):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
                sheet.day_zero = _day_zero(archive)
        except zipfile.BadZipFile as error:
            raise WorkbookDamaged(file=name) from error
        if unpacked > MOST_UNPACKED:
            raise FileTooLarge(file=name, size=unpacked // MEGABYTE, limit=MOST_UNPACKED // MEGABYTE)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet.titles = [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
        if title and title not in sheet.titles:
            raise UnknownSheet(file=name, sheet=title, sheets=", ".join(sheet.titles))
        sheet.title, cells = _likeliest(workbook, [title] if title else sheet.titles)
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookDamaged(file=name) from error
    builder.add([[_shown(cell) for cell in row] for row in cells], range(1, len(cells) + 1))


def _likeliest(workbook: CalamineWorkbook, titles: Sequence[str]) -> tuple[str, list[list[Any]]]:
    """The first sheet whose header is one of orders, else the first one that has rows below its first, else any."""
    best, kept, rows = -1, "", []
    for title in titles:
        cells = workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)
        filled = list(islice((row for row in cells if any(str(cell).strip() for cell in row)), HEADER_WITHIN))
        fit = max((recognised([_shown(cell) for cell in row]) for row in filled), default=0)
        if fit >= USABLE and len(filled) > 1:
            return title, cells
        if min(len(filled), 2) > best:
            best, kept, rows = min(len(filled), 2), title, cells
    return kept, rows


def _day_zero(archive: zipfile.ZipFile) -> date | None:
    """The day before an XLSX workbook's first; other workbooks mark their dates."""
    if _BOOK not in archive.namelist():
        return None
    with archive.open(_BOOK) as stream:
        about = stream.read(MEGABYTE)
    return date(1904, 1, 1) if _SINCE_1904.search(about) else date(1899, 12, 30)


def _shown(cell: object) -> str:
    """A cell as text: numbers with the 15 digits that a workbook keeps, dates as ISO."""
    if isinstance(cell, str):
        return cell.replace("\x00", "")
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime | date):
        return cell.isoformat(*(" ",) if isinstance(cell, datetime) else ())
    return str(cell)


def _encoding(content: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding, name)
    head = content[: 64 * 1024]
    if b"\x00" in head:
        for first, step, least, encoding in _WIDE:
            if head[first::step].count(0) > len(head) / step * least:
                with suppress(EncodingDamaged):
                    return _decoded(content, encoding, name)
        raise NotATable(file=name)
    if len(_CONTROL.findall(head)) > len(head) * MOST_CONTROL:
        raise NotATable(file=name)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _legacy_encoding(content, error.start, name)
    return _decoded(content, "utf-8", name) if b"\x00" in content else "utf-8"


def _legacy_encoding(content: bytes, first_bad: int, name: str) -> str:
    """GB18030 where letters come in pairs, Latin-1 where they stand alone; neither where UTF-8 is merely damaged."""
    sample = content[: 4 * MEGABYTE]
    broken = sample.decode("utf-8", errors="replace").count("�")
    letters = sum(not char.isascii() for char in sample.decode("utf-8", errors="ignore"))
    if letters > 4 * broken:
        raise EncodingDamaged(file=name, line=content.count(b"\n", 0, first_bad) + 1)
    runs = _HIGH.findall(sample)
    alone = sum(len(run) == 1 for run in runs)
    if alone * 2 <= len(runs):
        return _decoded(content, "gb18030", name)
    return _decoded(content, "cp1252", name)


def _decoded(content: bytes, encoding: str, name: str) -> str:
    """The encoding, where it explains every byte; zero is no letter in any."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise EncodingDamaged(file=name, line=content.count(b"\n", 0, error.start) + 1) from error
    zero = text.find("\x00")
    if zero >= 0:
        raise EncodingDamaged(file=name, line=text.count("\n", 0, zero) + 1)
    return encoding


def _delimiter(content: bytes, encoding: str) -> str:
    head = content[: 64 * 1024].decode(encoding, errors="ignore").lstrip("\r\n")
    lines = [line for line in re.sub(r'"[^"]*"', "", head).splitlines()[:HEADER_WITHIN] if line.strip()]
    return max(DELIMITERS, key=lambda sign: _most(lines, sign))


def _most(lines: Iterable[str], sign: str) -> int:
    return max((line.count(sign) for line in lines), default=0)
