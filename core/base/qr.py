"""Codes on paper that a camera reads."""

import segno


def qr_svg(text: str, *, scale: int = 2) -> str:
    """A QR code as a drawing that stands inside a page of HTML."""
    return segno.make(text, micro=False, error="m", boost_error=False).svg_inline(scale=scale, border=2)
