"""`ask`: one analytics question, as a table or as JSON."""

from datetime import date
from typing import Annotated, Any

import typer
from sqlalchemy import select

from core.accounts.rules import username_of
from core.analytics.layer.answer import answer as answer_question
from core.analytics.layer.ask import Answer, Ask, Choice, Compare, change
from core.analytics.layer.dimensions import written
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.found import DOCUMENT_KIND_LABELS, Documents
from core.analytics.layer.measures import PLACES
from core.analytics.mirror.mirror import Mirror
from core.base.errors import InvalidInput, NotFound
from core.base.i18n import DEFAULT_LANGUAGE, N_, _
from core.cli.frame import AsJson, answer, opened
from core.security.actor import SYSTEM, VISITOR, Actor
from core.security.models import User
from core.security.permissions import P
from core.security.roles import acting, held_by
from core.work.store import Store

MOST_ROWS = 1_000_000

Measures = Annotated[list[str], typer.Option("--measure", help=N_("A figure to show, such as net_sales."))]
By = Annotated[list[str] | None, typer.Option("--by", help=N_("Group by this, such as month or category."))]
Since = Annotated[str | None, typer.Option(help=N_("The first day, such as 2026-01-31."))]
Until = Annotated[str | None, typer.Option(help=N_("The day after the last one."))]
Where = Annotated[list[str] | None, typer.Option(help=N_("Keep only these: dimension=value; may be repeated."))]
Exclude = Annotated[list[str] | None, typer.Option(help=N_("Leave these out: dimension=value; may be repeated."))]
ComparedWith = Annotated[Compare | None, typer.Option("--compare", help=N_("Show the same figures of another period."))]
ComparedSince = Annotated[str | None, typer.Option(help=N_("Compare with a period of one's own: its first day."))]
ComparedUntil = Annotated[str | None, typer.Option(help=N_("The day after the last one of the period compared with."))]
ToDate = Annotated[
    bool, typer.Option("--to-date", help=N_("Compare a period that is not over with as much of the other one."))
]
Top = Annotated[int | None, typer.Option(min=1, max=MOST_ROWS, help=N_("Show so many rows, the largest first."))]
Order = Annotated[str | None, typer.Option(help=N_("Sort by this column; with a minus, the largest first."))]
DocumentCount = Annotated[
    int, typer.Option("--documents", min=0, help=N_("List so many of the documents behind the first figure."))
]
AsUser = Annotated[str | None, typer.Option("--as", help=N_("Answer with the rights of this user."))]
Fill = Annotated[bool, typer.Option("--fill", help=N_("Show days, weeks or months without sales too."))]


def ask(
    measure: Measures,
    by: By = None,
    since: Since = None,
    until: Until = None,
    where: Where = None,
    exclude: Exclude = None,
    compare: ComparedWith = None,
    compare_since: ComparedSince = None,
    compare_until: ComparedUntil = None,
    to_date: ToDate = False,
    top: Top = None,
    order: Order = None,
    fill: Fill = False,
    documents: DocumentCount = 0,
    as_user: AsUser = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question about sales from a mirror brought up to date first."""
    question = Ask(
        measures=tuple(measure),
        by=tuple(by or ()),
        where=_choices("where", where or []),
        exclude=_choices("exclude", exclude or []),
        since=_day("since", since),
        until=_day("until", until),
        compare=Compare.CUSTOM if compare_since else compare,
        compared=_compared(compare_since, compare_until),
        to_date=to_date,
        top=top,
        order=order,
        fill=fill,
    )
    with opened() as store, Mirror(store, "cli") as mirror:
        actor = SYSTEM if as_user is None else _actor(store, as_user)
        mirror.refresh_now()
        found = answer_question(mirror, actor, question)
        behind = documents_behind(mirror, actor, question, limit=documents) if documents else None
    facts = _facts(found) | ({} if behind is None else {"documents": _documents(behind)})
    text = [*_table(found), "", *_definitions(found), *([] if behind is None else _listed(behind))]
    answer(facts, text, as_json=as_json)


def _actor(store: Store, username: str) -> Actor:
    """A user with the rights of this moment; only what these show is answered."""
    with store.viewing(VISITOR) as view:
        wanted = select(User).where(User.username == username_of(username), User.disabled_at.is_(None))
        user = view.session.scalars(wanted).one_or_none()
        if user is None:
            raise NotFound(what=N_("This user"))
        actor = acting(view.session, user, held_by(view.session, user.id), DEFAULT_LANGUAGE, "command line")
    actor.require(P.SALES_ANALYSE)
    return actor


def _choices(option: str, pairs: list[str]) -> dict[str, tuple[Choice, ...]]:
    choices: dict[str, tuple[Choice, ...]] = {}
    for pair in pairs:
        name, separator, label = pair.partition("=")
        if not separator:
            raise InvalidInput(field=option, reason=N_("Write it as dimension=value, for example channel=Shop."))
        choices[name] = (*choices.get(name, ()), label)
    return choices


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            field=option, reason=N_("Write the day as year-month-day, for example 2026-01-31.")
        ) from None


def _definitions(found: Answer) -> list[str]:
    """What each column means, and how fresh the answer is."""
    at = found.as_of.isoformat(timespec="seconds")
    return [
        *(f"{_(column.label)}: {_(column.sentence)}" for column in found.columns),
        _("Everything until {moment} is counted.").format(moment=at),
    ]


def _documents(behind: Documents) -> dict[str, Any]:
    rows = [
        {"kind": row.kind.value, "number": row.number, "day": row.day, "customer": row.customer, "amount": row.amount}
        for row in behind.rows
    ]
    return {"count": behind.count, "total": behind.total, "rows": rows}


def _listed(behind: Documents) -> list[str]:
    """The documents behind the first measure."""
    rows = [
        f"{row.day}  {_(DOCUMENT_KIND_LABELS[row.kind])}  {row.number}  {row.customer or '–'}  {row.amount}"
        for row in behind.rows
    ]
    return ["", _("{count} documents add up to {total}:").format(count=behind.count, total=behind.total), *rows]


def _compared(since: str | None, until: str | None) -> tuple[date, date] | None:
    first, last = _day("compare-since", since), _day("compare-until", until)
    if (first is None) != (last is None):
        raise InvalidInput(field="compare-until", reason=N_("Give both days of the period to compare with."))
    return None if first is None or last is None else (first, last)


def _facts(found: Answer) -> dict[str, Any]:
    names = [column.name for column in found.columns]
    measures = [column.name for column in found.columns if column.measure is not None]
    compared: dict[str, Any] = {}
    if found.compared is not None:
        compared = {
            "compared": {"since": found.compared.since, "until": found.compared.until},
            "before": [_plain(found, figures) for figures in found.before],
            "totals_before": dict(zip(measures, _plain(found, found.totals_before), strict=True)),
            "changes": {
                name: change(now, before)
                for name, now, before in zip(measures, found.totals, found.totals_before, strict=True)
            },
        }
    return {
        "columns": names,
        "rows": _cells(found),
        "totals": dict(zip(measures, _plain(found, found.totals), strict=True)),
        "as_of": found.as_of,
        "since": found.since,
        "until": found.until,
        "is_partial": found.is_partial,
        "definitions": {column.name: _(column.sentence) for column in found.columns},
        **compared,
    }


def _cells(found: Answer) -> list[list[Any]]:
    width = len(found.columns) - len(found.totals)
    dimensions = [column.dimension for column in found.columns[:width]]
    return [
        [
            *(
                _(str(cell)) if each.is_worded and cell is not None else written(each, cell)
                for each, cell in zip(dimensions, row, strict=False)
                if each is not None
            ),
            *_plain(found, row[width:]),
        ]
        for row in found.rows
    ]


def _plain(found: Answer, figures: tuple[Any, ...]) -> list[str | None]:
    measures = [column.measure for column in found.columns if column.measure is not None]
    return [
        None if figure is None else f"{figure:.{PLACES[measure.unit]}f}"
        for measure, figure in zip(measures, figures, strict=True)
    ]


def _table(found: Answer) -> list[str]:
    width = len(found.columns) - len(found.totals)
    head = [_(column.label) for column in found.columns]
    body = [["–" if cell is None else str(cell) for cell in row] for row in _cells(found)]
    total = [_("Total"), *[""] * (width - 1)][:width] + [
        "–" if cell is None else cell for cell in _plain(found, found.totals)
    ]
    lines = [head, *body, total] if width else [head, *body]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(size) if i < width else cell.rjust(size)
            for i, (cell, size) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
