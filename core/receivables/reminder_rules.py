"""Pure rules of reminders: which level is due, and the letter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from core.base.errors import InvalidInput
from core.base.i18n import N_

LONGEST_TEXT = 2_000
LONGEST_DAYS = 3_650
PLACES = ("customer", "amount", "since", "documents", "company", "day")
"""What a letter may name in braces."""


@dataclass(frozen=True)
class Level:
    """One level of the schedule: due so many days after the due day, with its letter."""

    level: int
    days: int
    text_zh: str
    text_en: str

    def text(self, language: str) -> str:
        """The letter in a language."""
        return self.text_zh if language == "zh_CN" else self.text_en


USUAL = (
    Level(
        1,
        3,
        "{customer}：\n\n您好！截至{day}，贵方尚有{amount}货款已到期未付，最早于{since}到期：\n\n{documents}\n\n"
        "如已付款，请忽略此函；如有疑问，请与我们联系。谢谢！\n\n{company}",
        "Dear {customer},\n\non {day}, {amount} were due and not paid, the oldest since {since}:\n\n{documents}\n\n"
        "If you have paid meanwhile, thank you. If something is unclear, please call us.\n\n{company}",
    ),
    Level(
        2,
        15,
        "{customer}：\n\n我们此前曾提醒贵方付款。截至{day}，仍有{amount}逾期未付，最早于{since}到期：\n\n{documents}\n\n"
        "请于七日内付清，或告知付款日期。\n\n{company}",
        "Dear {customer},\n\nwe have reminded you before. On {day}, {amount} were still overdue, the oldest since "
        "{since}:\n\n{documents}\n\nPlease pay within seven days, or tell us when you will.\n\n{company}",
    ),
    Level(
        3,
        30,
        "{customer}：\n\n这是最后一次提醒。截至{day}，贵方逾期未付{amount}，最早于{since}到期：\n\n{documents}\n\n"
        "请立即付清。付清之前，我们将暂停发货。\n\n{company}",
        "Dear {customer},\n\nthis is our last reminder. On {day}, {amount} were overdue, the oldest since {since}:"
        "\n\n{documents}\n\nPlease pay at once. Until then we shall not deliver.\n\n{company}",
    ),
)
"""The schedule of a shop that has not changed it."""


def next_level(late: int, reminded: int, rest: int | None, schedule: Sequence[Level]) -> int | None:
    """The level that is due for money so many days late, last reminded at `reminded` (0: never) `rest` days ago.

    Levels follow each other, and never faster than their days lie apart, however late the first one went out.
    """
    if reminded >= len(schedule):
        return None
    wanted = schedule[reminded]
    if late < wanted.days:
        return None
    if reminded and rest is not None and rest < wanted.days - schedule[reminded - 1].days:
        return None
    return wanted.level


def letter(text: str, facts: Mapping[str, str]) -> str:
    """The letter with what it names filled in."""
    return "".join(before + (facts[name] if name else "") for before, name, *_ in Formatter().parse(text))


def checked_text(text: str) -> str:
    """The text of a letter; refuses an empty one, one too long, and braces around anything but a known place."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise InvalidInput(field=N_("Text"), reason=N_("enter at most 2000 characters, and not nothing."))
    try:
        named = [(name, spec, turned) for _, name, spec, turned in Formatter().parse(text) if name is not None]
    except ValueError:
        named = [("", "", "")]
    if any(name not in PLACES or spec or turned for name, spec, turned in named):
        raise InvalidInput(
            field=N_("Text"),
            reason=N_(
                "braces may hold only customer, amount, since, documents, company and day; write any others as words."
            ),
        )
    return text


def check_order(schedule: Sequence[Level]) -> None:
    """Refuse levels that do not each come later than the one before."""
    for level in schedule:
        if not 1 <= level.days <= LONGEST_DAYS:
            raise InvalidInput(field=N_("Days overdue"), reason=N_("enter 1 to 3650 days."))
    if any(later.days <= first.days for first, later in zip(schedule, schedule[1:], strict=False)):
        raise InvalidInput(field=N_("Days overdue"), reason=N_("each level must come later than the one before it."))
