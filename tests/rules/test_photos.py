"""What is kept of a file that somebody chose: the picture and nothing else."""

from io import BytesIO

import pytest
from PIL import Image

from core.attachments import photos
from core.attachments.errors import NoPhoto, PhotoTooHeavy, TooManyPixels
from core.attachments.photos import LONGEST_SIDE, MOST_BYTES, THUMBNAIL_SIDE, developed
from tests.photos import drawn


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def is_white(picture: Image.Image, x: int, y: int) -> bool:
    pixel = picture.convert("RGB").getpixel((x, y))
    return isinstance(pixel, tuple) and min(pixel) > 230


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_jpeg_of_the_same_picture(kind: str) -> None:
    photo = developed("box." + kind.lower(), drawn(size=(80, 60), kind=kind))
    picture = opened(photo.content)
    assert (picture.format, picture.size, photo.width, photo.height) == ("JPEG", (80, 60), 80, 60)
    assert is_white(picture, 5, 5)
    assert not is_white(picture, 70, 50)


def test_a_large_photo_is_made_small() -> None:
    photo = developed("large.jpg", drawn(size=(4000, 3000), kind="JPEG"))
    assert (photo.width, photo.height) == (LONGEST_SIDE, 1200)
    assert max(opened(photo.thumbnail).size) == THUMBNAIL_SIDE


def test_place_camera_and_comment_stay_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Li Lei"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 26.0)
    file = drawn(kind="JPEG", exif=exif.tobytes(), comment=b"at home")
    assert b"Li Lei" in file
    assert b"at home" in file

    for kept in (developed("a.jpg", file).content, developed("a.jpg", file).thumbnail):
        assert b"Exif" not in kept
        assert b"at home" not in kept
        assert dict(opened(kept).getexif()) == {}


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = developed("side.jpg", drawn(size=(80, 40), kind="JPEG", exif=exif.tobytes()))
    assert (photo.width, photo.height) == (40, 80)
    assert is_white(opened(photo.content), 35, 5)


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "I;16", "1"])
def test_whatever_colours_a_picture_has(mode: str) -> None:
    picture, written = Image.new(mode, (20, 10)), BytesIO()
    picture.save(written, "PNG")
    assert developed("odd.png", written.getvalue()).width == 20


def test_what_is_transparent_is_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(written, "PNG")
    assert is_white(opened(developed("clear.png", written.getvalue()).content), 10, 5)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", b"%PDF-1.7", drawn()[:60], drawn(kind="JPEG")[:200], drawn(kind="GIF"), drawn(kind="BMP")],
    ids=["empty", "text", "pdf", "cut png", "cut jpeg", "gif", "bmp"],
)
def test_what_is_no_photo_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(NoPhoto) as refusal:
        developed("fine.jpg", content)
    assert refusal.value.sentence == "“fine.jpg” is no photo that can be read. Choose a JPEG, PNG or WebP picture."


def test_a_file_that_is_too_heavy_is_refused() -> None:
    with pytest.raises(PhotoTooHeavy) as refusal:
        developed("heavy.jpg", b"x" * (MOST_BYTES + 1024 * 1024))
    assert "has 11.0 MB; at most 10 MB" in refusal.value.sentence


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = drawn(size=(8000, 8000), mode="L", colour="white")
    assert len(flat) < 100_000
    monkeypatch.setattr(photos, "_plain", None)
    with pytest.raises(TooManyPixels) as refusal:
        developed("bomb.png", flat)
    assert "has 64.0 million pixels; at most 60 million" in refusal.value.sentence


@pytest.mark.parametrize("pixels", [(10_000, 10_000), (15_000, 15_000)])
def test_what_the_decoder_itself_calls_a_bomb_is_refused(pixels: tuple[int, int]) -> None:
    with pytest.raises((NoPhoto, TooManyPixels)):
        developed("bomb.png", drawn(size=pixels, mode="1", colour="white"))


@pytest.mark.parametrize(
    ("name", "kept"), [("C:\\pics\\a.jpg", "a.jpg"), ("../../etc/b.png", "b.png"), ("  ", "photo.jpg")]
)
def test_a_name_is_only_a_name(name: str, kept: str) -> None:
    assert developed(name, drawn()).name == kept
