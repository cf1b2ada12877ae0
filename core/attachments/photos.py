"""Turning a file that somebody chose into the photo that is kept: read, straightened, made small, and nothing else."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image, ImageOps

from core.attachments.errors import NoPhoto, PhotoTooHeavy, TooManyPixels

READ = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 1600
THUMBNAIL_SIDE = 320
LONGEST_NAME = 120
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, zlib.error)


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept: a JPEG without anything but its picture, and a small copy of it."""

    name: str
    content: bytes
    thumbnail: bytes
    width: int
    height: int

    @cached_property
    def digest(self) -> str:
        """By which the same photo is known again."""
        return sha256(self.content).hexdigest()


def developed(name: str, content: bytes) -> Photo:
    """The photo in a file. What it is tells the file itself, not its name.

    Place, camera and comments are left behind, and it stands upright. Refuses what is no JPEG, PNG or WebP, files
    that are too heavy, and pictures of too many pixels before they are unpacked. It takes a moment, so it is done
    ahead of the command that keeps the photo.
    """
    name = PurePosixPath(name.replace("\\", "/")).name.strip()[-LONGEST_NAME:] or "photo.jpg"
    if len(content) > MOST_BYTES:
        raise PhotoTooHeavy(name=name, size=_millions(len(content), 1024 * 1024), most=MOST_BYTES // 1024 // 1024)
    try:
        with Image.open(BytesIO(content), formats=READ) as opened:
            pixels = opened.width * opened.height
            if pixels > MOST_PIXELS:
                raise TooManyPixels(name=name, pixels=_millions(pixels, 1_000_000), most=MOST_PIXELS // 1_000_000)
            # Of a large JPEG no more is unpacked than is needed.
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            picture = _plain(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NoPhoto(name=name) from error
    except _BROKEN as error:
        raise NoPhoto(name=name) from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Photo(name, _jpeg(picture, 85), _jpeg(small, 75), picture.width, picture.height)


def _plain(picture: Image.Image) -> Image.Image:
    """Nothing but the pixels: what a file says beside them does not come along. What is transparent is white."""
    plain = Image.new("RGB", picture.size, "white")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        plain.paste(picture, mask=picture.getchannel("A"))
    else:
        plain.paste(picture.convert("RGB"))
    return plain


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _millions(count: int, million: int) -> str:
    return f"{count / million:.1f}"
