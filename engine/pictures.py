"""Pictures from a camera, a screen or a file: decoded within bounds and encoded anew, so that nothing but what is seen goes on."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass

from providers.pictures import MOST_BYTES, Picture

MOST_UPLOAD = 10 * 1024 * 1024
MOST_PIXELS = 26_000_000
"""A telephone's photo; decoded it takes 100 MB, and one is decoded at a time."""
LONGEST_SIDE = 1280
QUALITIES = (85, 70, 50)
FORMATS = ("PNG", "JPEG", "WEBP")

_one_at_a_time = threading.Lock()


class NotAPicture(ValueError):
    """What came is not used; the message says why and what would be."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with its size in pixels and where it came from: `camera`, `screen` or a file's name."""

    picture: Picture
    width: int
    height: int
    source: str


def admit(data: bytes, source: str) -> Shown:
    """Return the picture as it is sent: at most 1280 pixels a side, turned upright, without EXIF, profile, text or further frames.

    Raises NotAPicture for what is no PNG, JPEG or WebP, is damaged, or is larger than MOST_UPLOAD or MOST_PIXELS.
    """
    if len(data) > MOST_UPLOAD:
        raise NotAPicture(
            f"The picture has {len(data) / 1024 / 1024:.1f} MB; up to {MOST_UPLOAD // 1024 // 1024} are taken. Make it smaller."
        )
    from PIL import Image, ImageOps, UnidentifiedImageError

    with _one_at_a_time:
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:  # the head says so before anything is decoded
                    raise NotAPicture(
                        f"The picture has {opened.width} x {opened.height} pixels; up to 26 million are taken. Make it smaller."
                    )
                opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(opened)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                drawn = _on_white(upright)
        except NotAPicture:
            raise
        except UnidentifiedImageError:
            raise NotAPicture("This is no picture that can be read. Use a PNG, JPEG or WebP file.") from None
        except (OSError, SyntaxError, ValueError, ArithmeticError, EOFError, MemoryError, Image.DecompressionBombError):
            raise NotAPicture("The picture is damaged and cannot be read. Save it again, or take another one.") from None
        return Shown(Picture("image/jpeg", _encoded(drawn)), drawn.width, drawn.height, source[:80])


def _on_white(image):  # type: ignore[no-untyped-def]
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _encoded(image) -> bytes:  # type: ignore[no-untyped-def]
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise NotAPicture("The picture has too much detail to be sent. Take a smaller part of it.")
