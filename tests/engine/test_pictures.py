"""A picture is decoded within bounds and encoded anew: nothing but what is seen goes on, and no file can do harm."""

from __future__ import annotations

import contextlib
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.pictures import LONGEST_SIDE, MOST_UPLOAD, NotAPicture, admit

CANARY = b"canary-51.5074-N"


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photo(kind: str = "JPEG", size: tuple[int, int] = (2000, 1000)) -> bytes:
    """A photo half red, half blue, that says where it was taken and is stored lying on its side."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = CANARY.decode()
    return encoded(image, kind, exif=exif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_upright_smaller_and_without_what_the_camera_wrote(kind: str) -> None:
    data = photo(kind)
    assert CANARY in data
    shown = admit(data, "photo.jpg")
    assert (shown.width, shown.height) == (LONGEST_SIDE // 2, LONGEST_SIDE)
    assert CANARY not in shown.picture.data
    assert b"Exif" not in shown.picture.data
    again = Image.open(io.BytesIO(shown.picture.data))
    assert not again.getexif()
    red, blue = again.getpixel((300, 100)), again.getpixel((300, 1200))
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]


def test_what_is_transparent_is_shown_on_white() -> None:
    shown = admit(encoded(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "PNG"), "drawing.png")
    assert min(Image.open(io.BytesIO(shown.picture.data)).getpixel((5, 5))) > 250


def test_only_the_first_frame_and_no_text_of_a_file_goes_on() -> None:
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Comment", CANARY.decode())
    moving = encoded(Image.new("RGB", (20, 20)), "PNG", pnginfo=notes, save_all=True, append_images=[Image.new("RGB", (20, 20), "red")])
    assert CANARY in moving
    assert CANARY not in admit(moving, "moving.png").picture.data


def test_a_bomb_is_refused_by_what_its_head_says() -> None:
    """A few hundred bytes that would unfold to gigabytes are never decoded."""
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [(len(part) - 4).to_bytes(4, "big") + part + zlib.crc32(part).to_bytes(4, "big") for part in (head, body, b"IEND")]
    with pytest.raises(NotAPicture, match=r"60000 x 60000|damaged"):
        admit(b"\x89PNG\r\n\x1a\n" + b"".join(chunks), "bomb.png")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://10.0.0.1/'/></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"GIF89a" + bytes(50),
        photo()[:300],
        bytes(MOST_UPLOAD + 1),
    ],
    ids=["empty", "svg", "postscript", "gif", "cut off", "too large"],
)
def test_what_is_no_usable_picture_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(NotAPicture, match=r"\."):
        admit(data, "x")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 700), st.binary(min_size=1, max_size=12))
def test_a_damaged_file_is_taken_or_refused_and_never_an_error(at: int, noise: bytes) -> None:
    whole = encoded(Image.effect_noise((16, 16), 50).convert("RGB"), "PNG")
    at %= len(whole)
    with contextlib.suppress(NotAPicture):
        admit(whole[:at] + noise + whole[at + len(noise) :], "x")
