"""The words by which rows are found through an index, whatever the number of rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.base.search import WORD_LENGTH, search_words, starts_of
from core.db.bulk import bulk_insert
from core.db.model import Base

MOST_FOUND = 1_000
"""How many matches of a text are looked at: nobody reads further, and the cost must have an end."""

HIGHEST = "\U0010ffff"


def begins(column: InstrumentedAttribute[Any], beginning: str) -> ColumnElement[bool]:
    """Whether a text ordered sign by sign begins so; an index on the column answers it."""
    return column.between(beginning, beginning + HIGHEST)


def index_words(session: Session, model: type[Any], texts: Iterable[tuple[int, str]]) -> None:
    """Keep the words of these search texts, by the ids of their rows, for the first time."""
    session.flush()
    bulk_insert(
        session, model, ["word", "owner_id"], ((word, each) for each, text in texts for word in starts_of(text))
    )


def index_again(session: Session, model: type[Any], owner_id: int, text: str) -> None:
    """Replace the words of a row whose search text changed."""
    session.execute(delete(model).where(model.owner_id == owner_id))
    index_words(session, model, [(owner_id, text)])


def matching(
    model: type[Any], owner: type[Base], search_text: InstrumentedAttribute[str], text: str, most: int = MOST_FOUND
) -> Select[int] | None:
    """Ids of rows in whose search text all typed words stand, the longest one at a beginning; None for no word.

    What begins shortest after the typed word comes first; the end is at `most`.
    """
    words = sorted(search_words(text), key=len, reverse=True)
    if not words:
        return None
    found = select(model.owner_id).where(begins(model.word, words[0][:WORD_LENGTH]))
    others = words[1:] if len(words[0]) <= WORD_LENGTH else words
    if others:
        found = found.join(owner, owner.id == model.owner_id)  # type: ignore[attr-defined]
        found = found.where(*(search_text.contains(word, autoescape=True) for word in others))
    return select(found.order_by(model.word).limit(most).subquery().c.owner_id)
