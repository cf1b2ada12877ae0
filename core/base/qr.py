"""Codes that a camera reads, on paper and on screens."""

from io import BytesIO

import segno


def qr_svg(text: str, *, scale: int = 2) -> str:
    """A QR code as a drawing that stands inside a page of HTML."""
    return segno.make(text, micro=False, error="m", boost_error=False).svg_inline(scale=scale, border=2)


def qr_png(text: str, *, scale: int = 5) -> bytes:
    """A QR code as a picture, black on white also where a screen is dark."""
    file = BytesIO()
    segno.make(text, micro=False, error="m", boost_error=False).save(file, kind="png", scale=scale, border=4)
    return file.getvalue()
