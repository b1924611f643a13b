"""Makes `layers.json`: what well-known tools make of pictures that are masked, cut, laid out, converted and read, for the
test `layers.rs`.

Made with Python 3.11, Pillow 13.0.0 (libjpeg-turbo, libwebp and libtiff as bundled), numpy 2.4.6, scipy 1.17.1 and
ImageMagick 6.9.11-60: `python nodes/image/tests/oracle/layers.py`. Nothing is random but by the seed below.

Each case names a kind, its parameters, what its ports are given, and the picture that is expected of a port (or of each
child), with the largest difference that is allowed, in steps of the type of samples (of floats: in brightness). Samples
and files are hexadecimal, 16-bit samples and floats with their low byte first.

Tolerances: 0 where samples are moved, 1 where they are rounded once, 2 where a picture is scaled and then mixed. JPEG and
lossy WebP: 3, as decoders may round the cosine transform and the way from YCbCr in their own way.
"""

import io
import json
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image, ImageChops
from scipy.cluster.vq import kmeans2

rng = np.random.default_rng(88)
W, H = 11, 9
y, x = np.mgrid[0:H, 0:W]
colour = np.clip(np.dstack([40 + 18 * x, 220 - 21 * y, 60 + 6 * x + 9 * y]) + rng.normal(0, 20, (H, W, 3)), 0, 255)
colour = colour.astype(np.uint8)
colour[2:6, 8:12] = [20, 200, 40]
colour[3, 9] = [40, 180, 60]
grey = np.asarray(Image.fromarray(colour).convert("L"))
alpha = np.where((x + y) % 5 < 2, 255, np.clip(x * 20, 0, 255)).astype(np.uint8)
clear = np.dstack([colour, alpha])
grey_clear = np.dstack([grey, alpha])
grey16 = grey.astype(np.uint16) * 257 - 3 * (grey > 9).astype(np.uint16)
clear16 = (clear.astype(np.uint16) * 256 + rng.integers(0, 256, clear.shape)).astype(np.uint16)
floats = (colour / 255 * 1.2 - 0.1).astype(np.float32)
shade = rng.integers(0, 256, (H, W), dtype=np.uint8)
wide = np.asarray(Image.fromarray(colour).resize((29, 17), Image.Resampling.BICUBIC))
mark = np.dstack([rng.integers(0, 256, (9, 13, 3)), np.full((9, 13), 255)]).astype(np.uint8)
mark[:, :4, 3] = 0
mark[4:, 6:9, 3] = 120
names = ["colour", "grey", "clear", "grey_clear", "grey16", "clear16", "floats", "shade", "wide", "mark"]
pictures = {name: globals()[name] for name in names}


def packed(samples, premultiplied=False):
    samples = np.ascontiguousarray(samples)
    assert samples.dtype in (np.uint8, np.uint16, np.float32), samples.dtype
    made = {
        "width": samples.shape[1],
        "height": samples.shape[0],
        "channels": samples.shape[2] if samples.ndim == 3 else 1,
        "type": {1: "u8", 2: "u16", 4: "f32"}[samples.itemsize],
        "samples": samples.astype(samples.dtype.newbyteorder("<")).tobytes().hex(),
    }
    return {**made, "premultiplied": True} if premultiplied else made


cases = []


def case(tool, kind, params, inputs, expected, tolerance, port="image"):
    expected = expected if isinstance(expected, list) else [expected]
    cases.append({
        "tool": tool, "kind": kind, "params": params, "inputs": inputs, "port": port, "tolerance": tolerance,
        "expected": [packed(np.asarray(one)) for one in expected],
    })


def rounded(samples, kind=np.uint8):
    return np.floor(np.clip(samples, 0, np.iinfo(kind).max) + 0.5).astype(kind)


pil, pil_clear = Image.fromarray(colour), Image.fromarray(clear)


# -- Masks ---------------------------------------------------------------------------------------------------------------
case("Pillow", "image.mask", {"from": "alpha"}, {"image": "clear"}, pil_clear.getchannel("A"), 0, "mask")
case("Pillow", "image.mask", {"from": "luminance"}, {"image": "colour"}, pil.convert("L"), 1, "mask")
seen = ImageChops.multiply(pil.convert("L"), pil_clear.getchannel("A"))
case("Pillow", "image.mask", {"from": "luminance"}, {"image": "clear"}, seen, 1, "mask")
case("Pillow", "image.mask", {"from": "luminance", "show": "outside"}, {"image": "colour"}, ImageChops.invert(pil.convert("L")), 1, "mask")


def magick(samples, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        given, made = pathlib.Path(folder, "given.png"), pathlib.Path(folder, "made.png")
        Image.fromarray(samples).save(given)
        subprocess.run(["convert", given, *arguments, made], check=True)
        return np.asarray(Image.open(made).convert("L"))


# The distance of ImageMagick is the same for opaque colours: the root of the mean of squares.
for share in (12, 20, 35):
    arguments = ["-fuzz", f"{share}%", "-fill", "#ffffff", "-opaque", "#14c828", "-fuzz", "0", "-fill", "#000000", "+opaque", "#ffffff"]
    made = magick(np.minimum(colour, 254), *arguments)
    pictures["not_white"] = np.minimum(colour, 254)
    params = {"from": "color", "color": "#14c828", "tolerance": share / 100, "softness": 0}
    case("ImageMagick", "image.mask", params, {"image": "not_white"}, made, 0, "mask")
distance = np.sqrt(((colour / 255 - np.array([20, 200, 40]) / 255) ** 2).mean(2))
made = np.clip(1 - (distance - 0.1) / 0.3, 0, 1) * 255
params = {"from": "color", "color": "#14c828", "tolerance": 0.1, "softness": 0.3}
case("numpy", "image.mask", params, {"image": "colour"}, rounded(made), 1, "mask")

# -- Alpha of a mask -----------------------------------------------------------------------------------------------------
put = pil.copy()
put.putalpha(Image.fromarray(shade))
case("Pillow", "image.apply_mask", {}, {"image": "colour", "mask": "shade"}, put, 0)
put = pil_clear.copy()
put.putalpha(Image.fromarray(shade))
case("Pillow", "image.apply_mask", {"mode": "replace"}, {"image": "clear", "mask": "shade"}, put, 0)
put.putalpha(ImageChops.multiply(pil_clear.getchannel("A"), Image.fromarray(shade)))
case("Pillow", "image.apply_mask", {}, {"image": "clear", "mask": "shade"}, put, 1)

# -- Tiles ---------------------------------------------------------------------------------------------------------------
tiles = [pil.crop((left, top, min(left + 6, W), min(top + 5, H))) for top in range(0, H, 5) for left in range(0, W, 6)]
case("Pillow", "image.tile", {"width": 6, "height": 5, "overlap": 0, "edges": "cut"}, {"image": "colour"}, tiles, 0, "children")


def starts(side, tile, overlap):
    return [min(at, side - tile) for at in range(0, side - overlap, tile - overlap)]


def cut(samples, tile, overlap):
    height, width = samples.shape[:2]
    places = [(top, left) for top in starts(height, tile, overlap) for left in starts(width, tile, overlap)]
    return places, [samples[top : top + tile, left : left + tile] for top, left in places]


places, tiles = cut(clear16, 6, 2)
case("numpy", "image.tile", {"width": 6, "height": 6, "overlap": 2}, {"image": "clear16"}, tiles, 0, "children")


def untile(case_name, samples, tile, overlap, change, tolerance):
    """Each tile is made brighter or darker by itself; where they overlap, they fade into each other in proportion."""
    height, width = samples.shape[:2]
    places, tiles = cut(samples, tile, overlap)
    tops, lefts = starts(height, tile, overlap), starts(width, tile, overlap)

    def weights(starts, side):
        shares = np.zeros((len(starts), side))
        for at, start in enumerate(starts):
            before = starts[at - 1] + tile - start if at else 0
            behind = start + tile - starts[at + 1] if at + 1 < len(starts) else 0
            middle = np.arange(tile) + 0.5
            rise = np.minimum(middle / before, 1) if before else np.ones(tile)
            fall = np.minimum((tile - middle) / behind, 1) if behind else np.ones(tile)
            shares[at, start : start + tile] = np.minimum(rise, fall)
        return shares / shares.sum(0)

    down, across = weights(tops, height), weights(lefts, width)
    sums, given = np.zeros(samples.shape), []
    for number, ((top, left), one) in enumerate(zip(places, tiles)):
        one = np.clip(one.astype(float) + change * (number % 3 - 1), 0, 255).astype(samples.dtype)
        pictures[f"{case_name}{number}"] = one
        row, column = tops.index(top), lefts.index(left)
        share = np.outer(down[row, top : top + tile], across[column, left : left + tile])
        sums[top : top + tile, left : left + tile] += one * (share if one.ndim == 2 else share[..., None])
        given.append({
            "column": column, "row": row, "columns": len(lefts), "rows": len(tops), "x": left, "y": top,
            "width": tile, "height": tile, "full_width": width, "full_height": height,
        })
    inputs = {"images": [f"{case_name}{number}" for number in range(len(tiles))], "places": {"json": given}}
    case("numpy", "image.untile", {}, inputs, rounded(sums), tolerance)


untile("tile", grey, 6, 3, 60, 1)
untile("patch", colour, 8, 2, 0, 0)

# -- A mark in its corner ------------------------------------------------------------------------------------------------


def marked(base, gravity, opacity, share, margin):
    width = round(base.shape[1] * share)
    small = Image.fromarray(mark).resize((width, round(9 * width / 13)), Image.Resampling.LANCZOS)
    small.putalpha(small.getchannel("A").point([round(at * opacity) for at in range(256)]))
    space = round(min(base.shape[:2]) * margin)
    left = {"top_left": space, "bottom_right": base.shape[1] - small.width - space}[gravity]
    top = {"top_left": space, "bottom_right": base.shape[0] - small.height - space}[gravity]
    made = Image.fromarray(base).convert("RGBA")
    made.alpha_composite(small, (left, top))
    return made.convert("RGB")


for gravity, opacity, share, margin in [("bottom_right", 0.5, 0.25, 0.1), ("top_left", 1, 13 / 29, 0.0)]:
    params = {"gravity": gravity, "opacity": opacity, "scale": share, "margin": margin}
    made = marked(wide, gravity, opacity, share, margin)
    case("Pillow", "image.watermark", params, {"image": "wide", "mark": "mark"}, made, 2)

# -- Samples and channels ------------------------------------------------------------------------------------------------
case("numpy", "image.convert", {"samples": "u16"}, {"image": "colour"}, colour.astype(np.uint16) * 257, 0)
case("numpy", "image.convert", {"samples": "f32"}, {"image": "colour"}, (colour / 255).astype(np.float32), 1e-6)
case("numpy", "image.convert", {"samples": "f32"}, {"image": "grey16"}, (grey16 / 65535).astype(np.float32), 1e-6)
case("numpy", "image.convert", {"samples": "u8"}, {"image": "clear16"}, rounded(clear16 / 257), 0)
case("numpy", "image.convert", {"samples": "u8"}, {"image": "floats"}, rounded(floats.astype(float) * 255), 1)
case("numpy", "image.convert", {"samples": "u16"}, {"image": "floats"}, rounded(floats.astype(float) * 65535, np.uint16), 1)
case("Pillow", "image.convert", {"channels": "gray"}, {"image": "colour"}, pil.convert("L"), 1)
case("Pillow", "image.convert", {"channels": "rgb"}, {"image": "grey"}, Image.fromarray(grey).convert("RGB"), 0)
case("Pillow", "image.convert", {"channels": "rgba"}, {"image": "colour"}, pil.convert("RGBA"), 0)
case("Pillow", "image.convert", {"channels": "rgba"}, {"image": "grey_clear"}, Image.fromarray(grey_clear, "LA").convert("RGBA"), 0)
case("Pillow", "image.convert", {"channels": "gray_alpha"}, {"image": "clear"}, pil_clear.convert("LA"), 1)
ground = Image.new("RGBA", (W, H), (32, 64, 96, 255))
ground.alpha_composite(pil_clear)
case("Pillow", "image.convert", {"channels": "rgb", "background": "#204060"}, {"image": "clear"}, ground.convert("RGB"), 1)
case("Pillow", "image.convert", {"alpha": "premultiplied"}, {"image": "clear"}, np.asarray(pil_clear.convert("RGBa")), 1)
faint = pil_clear.convert("RGBa")
pictures["faint"] = np.asarray(faint)
back = np.asarray(Image.frombytes("RGBa", (W, H), faint.tobytes()).convert("RGBA"))
# Pillow rounds down, which is a step below where alpha is small.
case("Pillow", "image.convert", {"alpha": "straight"}, {"image": "faint"}, back, 1)

# -- Sizes ---------------------------------------------------------------------------------------------------------------
# Pillow scales across first and rounds to 8 bits before it scales down; here it is the other way round, so that Pillow is
# asked in two steps.


def scaled(picture, size, method):
    return picture.resize((picture.width, size[1]), method).resize(size, method)


filters = {
    "lanczos3": Image.Resampling.LANCZOS, "catmull_rom": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
}
for name, method in filters.items():
    for size in ((8, 5), (15, 14)):
        params = {"width": size[0], "height": size[1], "fit": "fill", "filter": name}
        case("Pillow", "image.resize", params, {"image": "colour"}, scaled(pil, size, method), 1)
# Where little is seen, colour that was divided by alpha again is off by more than a step in any tool.
veil = np.dstack([colour, np.maximum(alpha, 128)])
pictures["veil"] = veil
params = {"width": 8, "height": 6, "fit": "fill"}
case("Pillow", "image.resize", params, {"image": "veil"}, scaled(Image.fromarray(veil), (8, 6), Image.Resampling.LANCZOS), 3)

# -- A sheet -------------------------------------------------------------------------------------------------------------
sheet = Image.new("RGB", (3 * 14 + 4, 2 * 14 + 4), (32, 64, 96))
for at, name in enumerate(["colour", "wide", "grey", "veil", "mark"]):
    small = Image.fromarray(pictures[name]).convert("RGBA")
    share = min(10 / small.width, 10 / small.height, 1)
    small = scaled(small, (max(round(small.width * share), 1), max(round(small.height * share), 1)), Image.Resampling.LANCZOS)
    left, top = 4 + at % 3 * 14 + (10 - small.width) // 2, 4 + at // 3 * 14 + (10 - small.height) // 2
    page = sheet.crop((left, top, left + small.width, top + small.height)).convert("RGBA")
    page.alpha_composite(small)
    sheet.paste(page.convert("RGB"), (left, top))
params = {"columns": 3, "cell": 10, "gap": 4, "background": "#204060"}
case("Pillow", "image.contact_sheet", params, {"images": ["colour", "wide", "grey", "veil", "mark"]}, sheet, 2)

# -- Files ---------------------------------------------------------------------------------------------------------------


def opened(name, picture, expected, tolerance, **options):
    out = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(out, name.split("-")[0], **options)
    content = out.getvalue()
    if expected is None:
        expected = np.asarray(Image.open(io.BytesIO(content)))
    inputs = {"file": {"file": content.hex(), "name": name}}
    case("Pillow", "image.open", {}, inputs, expected, tolerance)


opened("PNG-rgb", colour, None, 0)
opened("PNG-rgba", clear, None, 0)
opened("PNG-grey16", grey16, None, 0)
opened("PNG-palette", pil.quantize(17), pil.quantize(17).convert("RGB"), 0)
opened("PNG-bits", pil.convert("1"), np.asarray(pil.convert("1").convert("L")), 0)
opened("TIFF-rgb", colour, None, 0, compression="tiff_lzw")
opened("TIFF-grey16", grey16, None, 0, compression="tiff_adobe_deflate")
opened("TIFF-floats", (grey / 255).astype(np.float32), (grey / 255).astype(np.float32), 0)
opened("BMP-rgb", colour, None, 0)
opened("GIF-palette", pil.quantize(17), np.asarray(pil.quantize(17).convert("RGBA")), 0)
opened("WEBP-lossless", clear, None, 0, lossless=True, exact=True)
opened("WEBP-lossy", wide, None, 3, quality=90)
opened("JPEG-444", wide, None, 3, quality=90, subsampling=0)
opened("JPEG-grey", grey, None, 3, quality=90)
opened("JPEG-progressive", wide, None, 3, quality=90, subsampling=0, progressive=True)

# -- Colours -------------------------------------------------------------------------------------------------------------


def oklab(samples):
    """Ottosson 2020, "A perceptual color space for image processing"."""
    value = samples / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(light @ np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]).T)
    return cones @ np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]).T


def apart(palette, points):
    return (((points[:, None] - palette[None]) ** 2).sum(2)).min(1).mean()


points = oklab(wide.reshape(-1, 3).astype(float))
best = min(apart(kmeans2(points, 5, iter=100, minit="++", seed=seed)[0], points) for seed in range(50))
# 64 times below itself, so that there are enough pixels for clusters that are found in samples of them.
dominant = {"picture": "wide", "repeat": 64, "count": 5, "apart": best, "tolerance": 1.1}

made = {
    "pictures": {name: packed(samples, premultiplied=name == "faint") for name, samples in pictures.items()},
    "cases": cases,
    "dominant": dominant,
}
text = json.dumps(made, separators=(",", ":")).replace('{"tool"', '\n{"tool"')
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")
