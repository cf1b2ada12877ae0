"""Small pictures drawn for tests."""

from io import BytesIO

from PIL import Image, ImageDraw

from core.attachments.photos import Photo, developed


def drawn(
    colour: str = "teal", size: tuple[int, int] = (40, 30), kind: str = "PNG", mode: str = "RGB", **more: object
) -> bytes:
    """The file of a picture with a white corner at the top left."""
    picture = Image.new(mode, size, colour)
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="white")
    written = BytesIO()
    picture.save(written, kind, **more)
    return written.getvalue()


def a_photo(colour: str = "teal", name: str = "box.png") -> Photo:
    """A photo as a command takes it."""
    return developed(name, drawn(colour))
