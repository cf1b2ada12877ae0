"""What the codes on a photo say: bar codes and QR codes."""

from io import BytesIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

from core.base.errors import AppError
from core.base.i18n import N_

MOST_PIXELS = 25_000_000


class NotAPicture(AppError):
    """A file that is no photo, or a photo that is too large to look through."""

    message = N_("This is not a photo that can be read. Take another one.")


class NoCodeOnPicture(AppError):
    """A photo on which no code can be read."""

    message = N_("No code can be read on this photo. Go closer, hold still, and let light fall on it.")


def codes_on(picture: bytes) -> list[str]:
    """The texts of all codes on a photo, each once, from top to bottom. Refuses a photo without any."""
    try:
        with Image.open(BytesIO(picture)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise NotAPicture
            photo = opened.convert("L")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise NotAPicture from error
    found = sorted(zxingcpp.read_barcodes(photo), key=lambda each: (each.position.top_left.y, each.position.top_left.x))
    texts = [text for each in found if (text := " ".join(each.text.split()))]
    if not texts:
        raise NoCodeOnPicture
    return list(dict.fromkeys(texts))
