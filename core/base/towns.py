"""Provinces and cities of China as points: which one an address means, and how far two are apart.

The table (data/seed/places.csv) holds names and coordinates of the cities of all provinces, the capital of
each first; coordinates are those of GeoNames (geonames.org, CC BY 4.0), rounded to a hundredth of a degree.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from math import asin, cos, radians, sin, sqrt
from unicodedata import combining, normalize

from core.base.search import folded
from core.base.settings import PROJECT_DIR

TABLE = PROJECT_DIR / "data" / "seed" / "places.csv"
EARTH_RADIUS = 6371.0
_AUTONOMOUS = r"(?:壮族|回族|维吾尔)?自治区|特别行政区|省|市"
_NOT_A_CITY = ("区", "县", "路", "街", "道", "镇", "乡", "村")
_WORD = re.compile(r"[a-z]+")
_LONGEST_NAME = 3


class Same(StrEnum):
    """What two places have in common."""

    CITY = "city"
    PROVINCE = "province"
    NOTHING = ""


@dataclass(frozen=True)
class Town:
    """A city, or a province as the point of its capital where no city is known."""

    province: str
    province_en: str
    city: str
    city_en: str
    latitude: float
    longitude: float
    is_city: bool = True

    @property
    def name(self) -> str:
        """Its name in Chinese."""
        return self.city if self.is_city else self.province

    @property
    def name_en(self) -> str:
        """Its name in English."""
        return self.city_en if self.is_city else self.province_en


@dataclass(frozen=True)
class Distance:
    """How far two places are apart, to the kilometre; 0 where nobody knows it more exactly than the province."""

    km: int
    same: Same


def find_town(text: str) -> Town | None:
    """The city that an address names, else its province; None where it names neither, or nobody knows which.

    In Chinese the large comes before the small, in English the small before the large.
    """
    return _in_chinese("".join(text.split())) or _in_english(_words(text))


def destination(region: str, *addresses: str) -> Town | None:
    """Where goods go: to the region that is named, more exactly where an address lies in the same province."""
    named = find_town(region)
    if named is not None and named.is_city:
        return named
    for found in map(find_town, addresses):
        if found is not None and (named is None or (found.is_city and found.province == named.province)):
            return found
    return named


def lies_in(province: str, city: str, street: str) -> Town | None:
    """Where an address in parts is, each in Chinese or English."""
    return destination(province, city, f"{province}{city}", f"{city}, {province}", street)


def distance(one: Town, other: Town) -> Distance:
    """The great circle between two places. Within one province it says nothing unless both cities are known."""
    if one.province == other.province:
        if one.is_city and other.is_city and one.city == other.city:
            return Distance(0, Same.CITY)
        if not (one.is_city and other.is_city):
            return Distance(0, Same.PROVINCE)
        return Distance(_great_circle(one, other), Same.PROVINCE)
    return Distance(_great_circle(one, other), Same.NOTHING)


def _great_circle(one: Town, other: Town) -> int:
    north, further_north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((further_north - north) / 2) ** 2 + cos(north) * cos(further_north) * sin(east / 2) ** 2
    return round(2 * EARTH_RADIUS * asin(sqrt(half)))


@cache
def _towns() -> tuple[Town, ...]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    return tuple(Town(row[0], row[1], row[2], row[3], float(row[4]), float(row[5])) for row in rows)


@cache
def _capitals() -> dict[str, Town]:
    """Each province by its Chinese name, as the point of its capital."""
    found: dict[str, Town] = {}
    for town in _towns():
        found.setdefault(town.province, replace(town, is_city=False))
    return found


@cache
def _english() -> tuple[dict[str, list[Town]], dict[str, Town]]:
    cities: dict[str, list[Town]] = defaultdict(list)
    for town in _towns():
        cities[_key(town.city_en)].append(town)
    return cities, {_key(town.province_en): town for town in _capitals().values()}


def _key(name: str) -> str:
    return "".join(_words(name))


def _words(text: str) -> list[str]:
    """The words in Latin letters, without accents."""
    plain = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    return _WORD.findall(folded(plain))


def _in_chinese(text: str) -> Town | None:
    rest = text.removeprefix("中国")
    province = next((each for each in _capitals().values() if rest.startswith(each.province)), None)
    if province is not None:
        rest = re.sub(rf"^{province.province}(?:{_AUTONOMOUS})?", "", rest)
        if len({town.city for town in _towns() if town.province == province.province}) == 1:
            rest = province.province  # a city that is a province
    fitting = [
        town
        for town in _towns()
        if rest.startswith(town.city)
        and (province is None or town.province == province.province)
        and not rest.removeprefix(town.city).startswith(_NOT_A_CITY)
    ]
    return max(fitting, key=lambda town: len(town.city), default=province)


def _in_english(words: list[str]) -> Town | None:
    cities, provinces = _english()
    names = [
        "".join(words[start : start + count]) for start in range(len(words)) for count in range(1, _LONGEST_NAME + 1)
    ]
    province = next((provinces[name] for name in reversed(names) if name in provinces), None)
    found = [cities[name] for name in names if name in cities]
    if province is None:
        return found[-1][0] if found and len(found[-1]) == 1 else None
    inside = [town for some in found for town in some if town.province == province.province]
    return inside[0] if inside else province
