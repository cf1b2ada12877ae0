"""Refusals of backups and of bringing one back."""

from core.base.errors import AppError
from core.base.i18n import N_


class NotABackup(AppError):
    """The file does not begin as a backup does."""

    message = N_("{file} is not a backup of Salesbook, or its beginning is damaged. Take another file.")


class DamagedBackup(AppError):
    """Something in the file is not what was written."""

    message = N_(
        "{file} is damaged ({place}): nothing of it was used. Take another backup, or another copy of this one."
    )


class WrongKey(AppError):
    """The backup was made with another key."""

    message = N_(
        "{file} was made with the key {needed}, and this one is {given}. Enter the key that was kept when it was made."
    )


class WeakKey(AppError):
    """A key that can be guessed protects nothing."""

    message = N_("The backup key needs at least {length} characters. Set SALESBOOK_BACKUP_KEY to a longer one.")


class NewerBackup(AppError):
    """The program does not know this schema."""

    message = N_(
        "{file} comes from a later version of Salesbook ({version}, schema {revision}). "
        "Install that version, then restore."
    )


class OtherDatabase(AppError):
    """A copy of one kind of database cannot be put into the other."""

    message = N_(
        "{file} holds a database of the kind {kind}, and this installation is set to {here}. "
        "Set SALESBOOK_DATABASE_URL to the same kind, then restore."
    )


class NotEmpty(AppError):
    """There is something here that would be overwritten."""

    message = N_("This installation is not empty, so it is left as it is. To replace it, say the word “{word}”.")


class StillInUse(AppError):
    """Somebody works in the database that would be replaced."""

    message = N_("The database is in use by another process. Stop Salesbook everywhere, then restore.")


class NoTools(AppError):
    """pg_dump is missing or too old."""

    message = N_(
        "No pg_dump for PostgreSQL {version} was found. Install the PostgreSQL client of that version, "
        "or set SALESBOOK_PG_BIN to the folder that holds it."
    )


class ToolFailed(AppError):
    """A program of PostgreSQL ended with an error."""

    message = N_("{tool} failed: {reason}")


class NotIdentical(AppError):
    """What was brought back is not what the backup says it holds."""

    message = N_("What {file} holds differs from its list of contents: {what}. It must not be relied on.")


class NoBackup(AppError):
    """There is nothing to take."""

    message = N_("No backup was found in {place}. Name the folder, the file or the place with --from.")


class PlaceFailed(AppError):
    """The place elsewhere does not answer, or does not take what it is given."""

    message = N_("{place} cannot be used: {reason}. Correct its settings or wait until it answers, then try again.")


class NoPlace(AppError):
    """Nothing is set."""

    message = N_("No place outside of this machine is set. Choose one first.")


class BadRule(AppError):
    """A rule by which nothing would be kept."""

    message = N_("At least one backup must be kept. Enter whole numbers, not all of them nought.")


class BadPlace(AppError):
    """What was typed does not name a place."""

    message = N_("{field} is missing or cannot be used. Fill it in.")
    texts = ("field",)


class OtherKey(AppError):
    """What was entered is not the key."""

    message = N_("This is not the key of this installation. Look again where you keep it.")


class PlaceForgotten(AppError):
    """The password of the place was kept with another key."""

    message = N_("The password of the place was kept with another backup key. Enter it again.")
