"""Why a whole file is refused, before any of its rows is looked at."""

from core.base.errors import AppError
from core.base.i18n import N_


class FileTooLarge(AppError):
    """Read into memory, the file would take the machine down."""

    message = N_("{file} has {size} MB; at most {limit} MB can be imported at once. Split it, for example by month.")


class FileEmpty(AppError):
    """There is nothing in the file."""

    message = N_("{file} is empty. Export it again and check that it has rows.")


class NoRows(AppError):
    """There is a header and nothing below it."""

    message = N_("{file} has a header but no rows below it. Export it again for a period with orders.")


class NotATable(AppError):
    """Neither text nor a workbook."""

    message = N_("{file} is neither text (CSV) nor an Excel workbook. Save it as CSV or XLSX and try again.")


class WorkbookDamaged(AppError):
    """A workbook that cannot be opened."""

    message = N_("{file} cannot be opened as a workbook; it is damaged, cut off or protected. Save it again as XLSX.")


class UnknownSheet(AppError):
    """A workbook has no sheet of the title that was named."""

    message = N_("{file} has no sheet “{sheet}”. Its sheets are: {sheets}.")


class NoSheets(AppError):
    """A sheet was named of a file that is text."""

    message = N_("{file} is text and has no sheets. Leave the sheet (--sheet) out.")


class EncodingDamaged(AppError):
    """Text whose encoding cannot be told, or that breaks off in the middle of a letter."""

    message = N_("Line {line} of {file} has letters that no known encoding explains. Save the file as UTF-8 again.")


class FileCutOff(AppError):
    """The file ends in the middle of a row."""

    message = N_("{file} ends in the middle of line {line}; it was cut off. Download or export it again.")


class QuotesDamaged(AppError):
    """Quotation marks that do not match."""

    message = N_(
        "Line {line} of {file} has a quotation mark that is never closed or stands in the wrong place. "
        "The file is damaged or cut off; export it again."
    )


class CellTooLong(AppError):
    """A cell that nobody wrote: a quotation mark that swallows the rest, or no table at all."""

    message = N_(
        "Line {line} of {file} has a cell of more than {limit} letters; a quotation mark there is never closed, "
        "or the file is no table. Export it again."
    )


class MissingColumns(AppError):
    """Needed columns were neither found nor named."""

    message = N_(
        "No column was found for: {fields}. The file has: {columns}. "
        "Say which column it is (on the command line: --map {example})."
    )


class MissingInSheet(MissingColumns):
    """Needed columns are not in the sheet that was read, but perhaps in another one."""

    message = N_(
        "No column was found for: {fields}. The sheet “{sheet}” has: {columns}. Choose another sheet "
        "({sheets}; on the command line: --sheet), or say which column it is (--map {example})."
    )


class AmbiguousColumn(AppError):
    """Two columns fit equally well."""

    message = N_(
        "Both “{first}” and “{second}” could be: {field}. Say which one it is (on the command line: --map {example})."
    )


class UnknownField(AppError):
    """A mapping names a field that does not exist."""

    message = N_("“{field}” is not a field of an order. Use one of: {fields}.")


class UnknownColumn(AppError):
    """A mapping names a column that the file does not have."""

    message = N_("The file has no column “{column}”. It has: {columns}.")


class ColumnTwice(AppError):
    """One column was given two meanings."""

    message = N_("The column “{column}” is used for two fields: {first} and {second}. Choose another column for one.")


class BadMapping(AppError):
    """A mapping option that is not `field=column`."""

    message = N_("“{text}” cannot be read as field=column.")


class AmbiguousDates(AppError):
    """Dates such as 3/4/2024, and none in the column that decides."""

    message = N_(
        "Dates such as {example} in “{column}” can be read day first or month first. "
        "Say which (on the command line: --dates dmy or --dates mdy)."
    )


class FileRefused(AppError):
    """A process that worked on a file refused it, in its own sentence."""

    message = "{sentence}"


class ImportRunning(AppError):
    """One import at a time is enough for one user."""

    message = N_("Your import of {file} is still running. Wait until it is done, then import the next file.")


class ProcessDied(AppError):
    """The process that worked on a file was killed, or failed."""

    message = N_(
        "The work on {file} broke off, perhaps because the machine ran out of memory. Nothing of it was booked. "
        "Try again; if it breaks off again, split the file, for example by month."
    )


class ChannelMissing(AppError):
    """Orders need a channel."""

    message = N_("Enter the channel that the orders come from, such as the name of the shop or platform.")


class BatchReversed(AppError):
    """A batch can be reversed once."""

    message = N_("The import of {file} was already reversed on {on}.")


class BatchInUse(AppError):
    """Something was done since with what the batch booked."""

    message = N_(
        "The import of {file} cannot be reversed: {count} of its documents were changed since, "
        "the first is {number}. Undo what was done on them first."
    )


class BatchAddedTo(AppError):
    """A later batch completed what this one booked."""

    message = N_(
        "The import of {file} cannot be reversed yet: import {later} ({later_file}) added lines to {count} of its "
        "documents. Reverse import {later} first."
    )
