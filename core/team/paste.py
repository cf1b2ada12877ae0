"""A pasted table of targets: month, person, and one to three amounts a line."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from core.base.errors import AppError, Refusals
from core.base.i18n import N_
from core.base.search import one_line
from core.team.errors import UnreadableLine
from core.team.plans import Levels

COMPANY_WORDS = frozenset({"", "全公司", "公司", "company", "whole company"})
_MONTH = re.compile(r"^(\d{4})[-/.年]?(\d{1,2})月?$")


def parse_targets(text: str, people: Mapping[str, int]) -> dict[tuple[date, int | None], Levels]:
    """The cells of pasted lines; a level that is missing is the one below it.

    Columns stand apart by tabs, or by commas that are followed by no thousand. Refuses every line that cannot be
    read, all at once, each with its number. The same month and person twice is refused, too.
    """
    named = {name.casefold(): user_id for name, user_id in people.items()}
    cells: dict[tuple[date, int | None], Levels] = {}
    problems: list[AppError] = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = [one_line(part) for part in (line.split("\t") if "\t" in line else re.split(r"[,，;；]", line))]
        if not any(parts):
            continue
        month, who = _month(parts[0]), parts[1].casefold() if len(parts) > 1 else ""
        amounts = [_amount(part) for part in parts[2:5] if part]
        if month is None and number == 1:
            continue
        reason = ""
        if month is None:
            reason = N_("the first column must be a month such as 2026-05.")
        elif who not in named and who not in COMPANY_WORDS:
            reason = N_("nobody who sells has this name.")
        elif not amounts or any(amount is None for amount in amounts):
            reason = N_("the amounts must be numbers.")
        elif (month, named.get(who)) in cells:
            reason = N_("this month and person stand here twice.")
        if reason or month is None:
            problems.append(UnreadableLine(line=number, reason=reason))
            continue
        given = [amount for amount in amounts if amount is not None]
        given += [given[-1]] * (3 - len(given))
        cells[month, named.get(who)] = Levels(*given)
    if problems:
        raise Refusals(problems)
    return cells


def _month(text: str) -> date | None:
    found = _MONTH.match(text)
    if found is None or not 1 <= int(found[2]) <= 12 or not 1900 < int(found[1]) < 9000:
        return None
    return date(int(found[1]), int(found[2]), 1)


def _amount(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "").replace("¥", "").replace("￥", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
