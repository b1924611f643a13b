"""Makes `scenes.json`: what well-known tools make of small pictures and files, for the test `scenes.rs`.

Made with Python 3.11, Pillow 13.0.0 (LittleCMS 2.19) and numpy 2.4.6, and with the program itself for the files that
Pillow is to read: `python nodes/image/tests/oracle/scenes.py target/debug/windlass FONTS`, where FONTS is the folder
`fonts` of the crate epaint_default_fonts 0.37. Nothing is random but by the seed below. Samples and files are
hexadecimal.

Tolerances are in steps of 8 bits. Blend modes: formulas of W3C in double precision, 1. ImageChops: 1, as Pillow rounds
down or computes in integers. Profiles: 1. Texts: the box of what is inked within 1.5 pixels across and 2 down, and the ink
within 3 %, as FreeType moves outlines onto whole pixels.
"""

import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFont, PngImagePlugin

rng = np.random.default_rng(2024)
W, H = 10, 8


def packed(samples):
    samples = np.ascontiguousarray(samples)
    assert samples.dtype == np.uint8
    channels = samples.shape[2] if samples.ndim == 3 else 1
    return {"width": samples.shape[1], "height": samples.shape[0], "channels": channels, "samples": samples.tobytes().hex()}


# -- Blend modes, from the text of Compositing and Blending Level 1 ------------------------------------------------------


def soft_light(b, s):
    d = np.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, np.sqrt(b))
    return np.where(s <= 0.5, b - (1 - 2 * s) * b * (1 - b), b + (2 * s - 1) * (d - b))


def hard_light(b, s):
    return np.where(s <= 0.5, b * 2 * s, b + (2 * s - 1) - b * (2 * s - 1))


def dodge(b, s):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 0, 0, np.where(s == 1, 1, np.minimum(1, b / (1 - s))))


def burn(b, s):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 1, 1, np.where(s == 0, 0, 1 - np.minimum(1, (1 - b) / s)))


def lum(c):
    return (c @ np.array([0.3, 0.59, 0.11]))[..., None]


def clip_color(c):
    light, n, x = lum(c), c.min(-1, keepdims=True), c.max(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        c = np.where(n < 0, light + (c - light) * light / (light - n), c)
        return np.where(x > 1, light + (c - light) * (1 - light) / (x - light), c)


def set_lum(c, light):
    return clip_color(c + (light - lum(c)))


def sat(c):
    return c.max(-1, keepdims=True) - c.min(-1, keepdims=True)


def set_sat(c, s):
    """By sorting, as the text says: the lowest becomes 0, the highest s, the one between keeps its proportion."""
    out = np.zeros_like(c)
    flat, made, wanted = c.reshape(-1, 3), out.reshape(-1, 3), np.broadcast_to(s, c.shape[:-1] + (1,)).reshape(-1)
    for i, colour in enumerate(flat):
        low, mid, high = np.argsort(colour, kind="stable")
        if colour[high] > colour[low]:
            made[i, mid] = (colour[mid] - colour[low]) * wanted[i] / (colour[high] - colour[low])
            made[i, high] = wanted[i]
    return out


MODES = {
    "normal": lambda b, s: s,
    "multiply": lambda b, s: b * s,
    "screen": lambda b, s: b + s - b * s,
    "overlay": lambda b, s: hard_light(s, b),
    "darken": np.minimum,
    "lighten": np.maximum,
    "color_dodge": dodge,
    "color_burn": burn,
    "hard_light": hard_light,
    "soft_light": soft_light,
    "difference": lambda b, s: np.abs(b - s),
    "exclusion": lambda b, s: b + s - 2 * b * s,
    "hue": lambda b, s: set_lum(set_sat(s, sat(b)), lum(b)),
    "saturation": lambda b, s: set_lum(set_sat(b, sat(s)), lum(b)),
    "color": lambda b, s: set_lum(s, lum(b)),
    "luminosity": lambda b, s: set_lum(b, lum(s)),
    "add": lambda b, s: np.minimum(1, b + s),
    "subtract": lambda b, s: np.maximum(0, b - s),
}


def w3c(base, over, mode, opacity):
    b, s = base / 255.0, over / 255.0
    cb, ab, cs, alpha = b[..., :3], b[..., 3:], s[..., :3], s[..., 3:] * opacity
    mixed = (1 - ab) * cs + ab * MODES[mode](cb, cs)
    out_alpha = alpha + ab * (1 - alpha)
    colour = alpha * mixed + (1 - alpha) * ab * cb
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = np.where(out_alpha > 0, colour / out_alpha, 0)
    return np.concatenate([straight, out_alpha], -1)


def rgba():
    made = rng.integers(0, 256, (H, W, 4), dtype=np.uint8)
    made[0, :, 3], made[1, :, 3] = 0, 255
    made[2, :3, :3], made[2, 3:6, :3] = 0, 255
    made[:, 0, :3] = made[:, 0, :1]
    return made


base, over = rgba(), rgba()
base[0, 0, 3] = 255  # nowhere are both transparent: the colour of nothing is nobody's
base[0, 1:, 3] = 128
blends = []
for mode in MODES:
    made = np.clip(np.round(w3c(base, over, mode, 0.75) * 255), 0, 255).astype(np.uint8)
    blends.append({"tool": "numpy", "blend": mode, "opacity": 0.75, "alpha": True, "tolerance": 1, "samples": made.tobytes().hex()})
flat_base, flat_over = Image.fromarray(base[..., :3]), Image.fromarray(over[..., :3])
CHOPS = {
    "multiply": ImageChops.multiply,
    "screen": ImageChops.screen,
    "overlay": ImageChops.overlay,
    "darken": ImageChops.darker,
    "lighten": ImageChops.lighter,
    "hard_light": ImageChops.hard_light,
    "difference": ImageChops.difference,
    "add": ImageChops.add,
    "subtract": ImageChops.subtract,
}
for mode, chop in CHOPS.items():
    made = np.asarray(chop(flat_base, flat_over))
    blends.append({"tool": "Pillow", "blend": mode, "opacity": 1, "alpha": False, "tolerance": 1, "samples": made.tobytes().hex()})
made = np.asarray(Image.alpha_composite(Image.fromarray(base), Image.fromarray(over)))
blends.append({"tool": "Pillow", "blend": "normal", "opacity": 1, "alpha": True, "tolerance": 1, "samples": made.tobytes().hex()})
mask = rng.integers(0, 256, (H, W), dtype=np.uint8)
made = np.asarray(Image.composite(flat_over, flat_base, Image.fromarray(mask)))
masked = {"mask": packed(mask), "tolerance": 1, "samples": made.tobytes().hex()}


# -- ICC profiles: a minimal one by its tags, against LittleCMS ------------------------------------------------------------


def fixed(value):
    return struct.pack(">i", round(value * 65536))


def profile(space, tags):
    tags = dict(tags)
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack(">I", 8) + b"oracle\0\0" + bytes(78)
    tags[b"cprt"] = b"text" + bytes(4) + b"public domain\0"
    tags[b"wtpt"] = b"XYZ " + bytes(4) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    body, table, at = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    header = struct.pack(">I", at + len(body)) + bytes(4) + b"\x02\x10\0\0mntr" + space + b"XYZ " + bytes(12) + b"acsp"
    header += bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + table + body


def xyz(*values):
    return b"XYZ " + bytes(4) + b"".join(map(fixed, values))


def gamma(value):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


WIDE = profile(
    b"RGB ",
    {
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        b"rTRC": gamma(2.19921875),
        b"gTRC": gamma(2.19921875),
        b"bTRC": gamma(2.19921875),
    },
)
GREY = profile(b"GRAY", {b"kTRC": gamma(1.8)})
srgb = ImageCms.createProfile("sRGB")
wide, grey = (ImageCms.ImageCmsProfile(io.BytesIO(icc)) for icc in (WIDE, GREY))
tones = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)


def cms(samples, source, target, out="RGB"):
    mode = "L" if samples.ndim == 2 else "RGB"
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.NOOPTIMIZE | ImageCms.Flags.HIGHRESPRECALC
    way = ImageCms.buildTransform(source, target, mode, out, renderingIntent=intent, flags=flags)
    return np.asarray(ImageCms.applyTransform(Image.fromarray(samples), way))


profiles = [
    {"given": packed(tones), "from": WIDE.hex(), "to": None, "tolerance": 1, "expected": packed(cms(tones, wide, srgb))},
    {"given": packed(tones), "from": None, "to": WIDE.hex(), "tolerance": 1, "expected": packed(cms(tones, srgb, wide))},
    {
        "given": packed(ramp),
        "from": GREY.hex(),
        "to": None,
        "tolerance": 1,
        "expected": packed(np.ascontiguousarray(cms(ramp, grey, srgb)[..., 0])),
    },
    {"given": packed(ramp), "from": GREY.hex(), "to": WIDE.hex(), "tolerance": 1, "expected": packed(cms(ramp, grey, wide))},
]


# -- Metadata: files of Pillow for us, and files of ours for Pillow --------------------------------------------------------

small = Image.fromarray(tones[:8, :6])


def file(kind):
    exif = Image.Exif()
    exif[0x013B] = "Ada Lovelace"  # Artist
    exif[0x0112] = 6  # Orientation
    details = exif.get_ifd(0x8769)
    details[0x9003] = "2024:05:01 12:30:00"  # DateTimeOriginal
    details[0x829A] = 0.004  # ExposureTime
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "S", (12.0, 30.0, 0.0), "E", (7.0, 15.0, 0.0)
    out, more = io.BytesIO(), {}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Title", "Dünen")
        text.add_text("Author", "漢字", zip=True)
        text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta/>")
        more["pnginfo"] = text
    elif kind == "JPEG":
        more.update(comment="a comment", xmp=b"<x:xmpmeta/>", quality=60)
    else:
        more.update(xmp=b"<x:xmpmeta/>", lossless=True)
    small.save(out, kind, exif=exif, icc_profile=WIDE, **more)
    return out.getvalue()


GRAPH = """
windlass: 1
name: written
nodes:
  open: { kind: files.open, params: { path: given } }
  write:
    kind: image.write_metadata
    inputs: { file: open.file }
    params:
      exif: { Artist: "Łada", Copyright: "2024, Ada", Orientation: 3, DateTimeOriginal: "2024-06-02T08:00:00+02:00",
              FNumber: 2.8, GPSLatitude: 48.2, GPSLongitude: -16.37 }
      xmp: "<x:xmpmeta>new</x:xmpmeta>"
  save: { kind: files.write, params: { path: out/written }, inputs: { value: write.file } }
"""


def written(program, content):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "given").write_bytes(content)
        (folder / "graph.yaml").write_text(GRAPH)
        subprocess.run([program, "run", "graph.yaml"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return (folder / "out/written").read_bytes()


def read(content):
    """What Pillow finds in a file of ours."""
    image = Image.open(io.BytesIO(content))
    image.load()
    exif = image.getexif()
    details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return {
        "Artist": exif[0x013B].encode("latin-1").decode("utf-8") if exif[0x013B] != "Łada" else exif[0x013B],
        "Copyright": exif[0x8298],
        "Orientation": exif[0x0112],
        "DateTimeOriginal": details[0x9003],
        "OffsetTimeOriginal": details[0x9011],
        "ExposureTime": float(details[0x829A]),
        "FNumber": float(details[0x829D]),
        "GPSLatitudeRef": place[1],
        "GPSLatitude": [float(part) for part in place[2]],
        "GPSLongitudeRef": place[3],
        "GPSLongitude": [float(part) for part in place[4]],
        "xmp": xmp if isinstance(xmp, str) else xmp.decode(),
        "profile": image.info["icc_profile"] == WIDE,
        "pixels": bool(np.array_equal(np.asarray(image), np.asarray(Image.open(io.BytesIO(GIVEN[image.format]))))),
    }


GIVEN = {kind: file(kind) for kind in ("JPEG", "PNG", "WEBP")}
files = []
for kind, content in GIVEN.items():
    made = written(pathlib.Path(sys.argv[1]).resolve(), content)
    files.append({"format": kind, "given": content.hex(), "written": made.hex(), "read": read(made)})

# -- Texts, against FreeType ----------------------------------------------------------------------------------------------

texts = []
for face, name in (("sans", "Ubuntu-Light.ttf"), ("mono", "Hack-Regular.ttf")):
    font = ImageFont.truetype(str(pathlib.Path(sys.argv[2]) / name), 64)
    for text in ("Hamburg", "AVATAR To", "Ünïcödé Жук Ωmega", "two\nlines"):
        page = Image.new("L", (800, 240))
        ImageDraw.Draw(page).multiline_text((40, 40), text, font=font, fill=255, features=["kern"] if ImageFont.core.HAVE_RAQM else None)
        left, top, right, bottom = page.getbbox()
        ink = int(np.asarray(page).astype(np.int64).sum() // 255)
        texts.append({"typeface": face, "text": text, "width": right - left, "height": bottom - top, "ink": ink})

oracle = {
    "blends": {"base": packed(base), "over": packed(over), "cases": blends, "masked": masked},
    "profiles": profiles,
    "files": files,
    "texts": texts,
}
pathlib.Path(__file__).with_name("scenes.json").write_text(json.dumps(oracle, ensure_ascii=False, indent=0) + "\n")
