"""How busy each day of a Chinese trading company is: growth, seasons, weekdays, festivals."""

from datetime import date, timedelta
from random import Random

GROWTH = 1.9
MONTHS = (1.05, 0.85, 1.0, 0.98, 1.02, 1.08, 0.95, 0.96, 1.06, 1.0, 1.12, 1.08)
WEEKDAYS = (1.06, 1.02, 1.0, 1.02, 1.1, 0.9, 0.8)
SPRING_FESTIVALS = (
    date(2020, 1, 25),
    date(2021, 2, 12),
    date(2022, 2, 1),
    date(2023, 1, 22),
    date(2024, 2, 10),
    date(2025, 1, 29),
    date(2026, 2, 17),
    date(2027, 2, 6),
    date(2028, 1, 26),
    date(2029, 2, 13),
    date(2030, 2, 3),
    date(2031, 1, 23),
    date(2032, 2, 11),
    date(2033, 1, 31),
    date(2034, 2, 19),
    date(2035, 2, 8),
)
# For each category, how its share of sales moves from January to December.
CATEGORY_SEASONS: dict[str, tuple[float, ...]] = {
    "办公文具": (0.9, 1.1, 1.3, 1.0, 0.9, 0.9, 0.8, 1.3, 1.5, 0.9, 0.9, 1.0),
    "厨房小家电": (1.1, 0.8, 0.9, 0.9, 1.0, 1.3, 1.0, 0.9, 0.9, 1.0, 1.5, 1.2),
    "家居日用": (1.1, 0.9, 1.0, 1.0, 1.0, 1.0, 0.9, 0.9, 1.0, 1.1, 1.3, 1.1),
    "茶酒饮料": (1.5, 1.0, 0.8, 0.9, 1.1, 1.3, 1.5, 1.4, 1.2, 0.9, 0.8, 1.1),
    "休闲食品": (1.9, 1.1, 0.8, 0.8, 0.9, 0.9, 0.9, 1.0, 1.5, 1.0, 0.9, 1.2),
    "运动户外": (0.6, 0.8, 1.2, 1.5, 1.5, 1.2, 1.2, 1.1, 1.2, 1.3, 0.8, 0.6),
}


def day_weights(since: date, until: date, random: Random) -> dict[date, float]:
    """How much of the sales falls on each day from `since` to `until`, both included."""
    count = (until - since).days + 1
    days = [since + timedelta(days=n) for n in range(count)]
    return {
        day: GROWTH ** (n / count)
        * MONTHS[day.month - 1]
        * WEEKDAYS[day.weekday()]
        * _festival(day)
        * random.uniform(0.86, 1.14)
        for n, day in enumerate(days)
    }


def is_sale(day: date) -> bool:
    """Whether the platforms hold one of their great sales."""
    return (day.month, day.day) in {(6, 16), (6, 17), (6, 18), (11, 10), (11, 11), (11, 12), (12, 12)}


def _festival(day: date) -> float:
    for festival in SPRING_FESTIVALS:
        distance = (day - festival).days
        if -2 <= distance <= 7:
            return 0.12
        if 8 <= distance <= 14:
            return 0.5
        if -25 <= distance <= -5:
            return 1.35
    if is_sale(day):
        return 1.6 if day.month == 12 else 2.8
    if day.month == 6 and day.day < 16 or day.month == 11 and day.day < 10:
        return 1.25
    return 0.6 if day.month == 10 and day.day <= 4 else 1.0
