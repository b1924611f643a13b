"""Makes `pixels.json`: what well-known tools make of small pictures, for the test `pixels.rs`.

Made with Python 3.11, Pillow 13.0.0, scipy 1.17.1, scikit-image 0.26.0 and numpy 2.4.6:
`python nodes/image/tests/oracle/pixels.py`. Nothing is random but by the seed below.

Each case names a kind, its parameters, the picture that it is given, and the samples that are expected, with the largest
difference that is allowed, in steps of the type of samples (of floats: in brightness). Samples are hexadecimal, 16-bit
ones and floats with their low byte first.
"""

import colorsys
import json
import pathlib

import numpy as np
from PIL import Image, ImageFilter, ImageOps
from scipy import interpolate, ndimage
from skimage import filters, morphology, transform

W, H = 22, 16
rng = np.random.default_rng(8)
y, x = np.mgrid[0:H, 0:W]


def picture():
    """A soft gradient, a disc, a bar and some noise; the outermost three pixels are black."""
    base = np.stack([40 + 8 * x, 200 - 9 * y, 60 + 3 * x + 5 * y], axis=2).astype(float)
    base[(x - 8) ** 2 + (y - 9) ** 2 < 16] = [230, 60, 40]
    base[5:14, 16:19] = [20, 90, 240]
    base += rng.normal(0, 12, base.shape)
    made = np.clip(np.round(base), 0, 255).astype(np.uint8)
    framed = made.copy()
    for edge in (np.s_[:3], np.s_[-3:], np.s_[:, :3], np.s_[:, -3:]):
        framed[edge] = 0
    return made, framed


colour, framed = picture()
grey = np.asarray(Image.fromarray(colour).convert("L"))
grey16 = grey.astype(np.uint16) * 257 - 3 * (grey > 9).astype(np.uint16)
floats = (grey.astype(np.float32) / np.float32(255)).astype("<f4")
alpha = np.where((x + y) % 7 < 3, 255, np.clip(x * 11, 0, 255)).astype(np.uint8)
clear = np.dstack([colour, alpha])
pictures = {"colour": colour, "framed": framed, "grey": grey, "grey16": grey16, "floats": floats, "clear": clear}


def packed(samples):
    samples = np.ascontiguousarray(samples)
    assert samples.dtype in (np.uint8, np.uint16, np.float32), samples.dtype
    return {
        "width": samples.shape[1],
        "height": samples.shape[0],
        "channels": samples.shape[2] if samples.ndim == 3 else 1,
        "type": {1: "u8", 2: "u16", 4: "f32"}[samples.itemsize],
        "samples": samples.astype(samples.dtype.newbyteorder("<")).tobytes().hex(),
    }


cases = []


def case(tool, kind, params, given, expected, tolerance):
    expected = np.asarray(expected)
    if expected.dtype == np.float64 and pictures[given].dtype != np.float32:
        full = np.iinfo(pictures[given].dtype).max
        expected = np.floor(np.clip(expected, 0, full) + 0.5).astype(pictures[given].dtype)
    elif expected.dtype == np.float64:
        expected = expected.astype(np.float32)
    cases.append(
        {"tool": tool, "kind": kind, "params": params, "given": given, "tolerance": tolerance, **packed(expected)}
    )


def each_channel(function, image):
    return np.dstack([function(image[..., at]) for at in range(image.shape[2])])


# Turns, mirrors, windows and room.
pil = Image.fromarray(colour)
for angle, way in [(90, Image.Transpose.ROTATE_270), (180, Image.Transpose.ROTATE_180), (270, Image.Transpose.ROTATE_90)]:
    case("Pillow", "image.rotate", {"angle": angle}, "colour", pil.transpose(way), 0)
for name, way in [("horizontal", Image.Transpose.FLIP_LEFT_RIGHT), ("vertical", Image.Transpose.FLIP_TOP_BOTTOM),
                  ("transpose", Image.Transpose.TRANSPOSE)]:
    case("Pillow", "image.flip", {"direction": name}, "colour", pil.transpose(way), 0)
black = Image.fromarray(framed)
for angle, size in [(7, "keep"), (7, "expand"), (-33, "expand"), (123, "keep")]:
    turned = black.rotate(-angle, Image.Resampling.BILINEAR, expand=size == "expand")
    case("Pillow", "image.rotate", {"angle": angle, "size": size, "filter": "bilinear"}, "framed", turned, 1)
turned = transform.rotate(framed.astype(float), -20, order=3, mode="constant", cval=0, clip=False, preserve_range=True)
case("scikit-image", "image.rotate", {"angle": 20, "size": "keep", "filter": "bicubic"}, "framed", turned, 1)
window = {"place": "offset", "x": 3, "y": 5, "width": 11, "height": 7}
case("Pillow", "image.crop", window, "colour", pil.crop((3, 5, 14, 12)), 0)
for fill, mode in [("edge", "edge"), ("mirror", "symmetric"), ("wrap", "wrap")]:
    made = np.pad(colour, ((2, 5), (4, 1), (0, 0)), mode=mode)
    case("numpy", "image.pad", {"left": 4, "top": 2, "right": 1, "bottom": 5, "fill": fill}, "colour", made, 0)
case("Pillow", "image.border", {"width": 2, "color": "#204060"}, "colour", ImageOps.expand(pil, 2, (32, 64, 96)), 0)

# The window with most edges and with most energy, each tried.
luma = colour.astype(float) @ [0.299, 0.587, 0.114]
edges = sum(np.abs(ndimage.sobel(luma, axis=axis, mode="nearest")) for axis in (0, 1))
energy = ((colour - colour.reshape(-1, 3).mean(0)) ** 2).sum(2)
for name, measure in [("edges", edges), ("energy", energy)]:
    places = [(measure[top : top + 8, left : left + 8].sum(), top, left) for top in range(H - 7) for left in range(W - 7)]
    _, top, left = max(places)
    case("numpy", "image.crop", {"place": name, "width": 8, "height": 8}, "colour", colour[top : top + 8, left : left + 8], 0)

# Blur and sharpen.
def gaussian(sigma):
    return lambda plane: ndimage.gaussian_filter(plane.astype(float), sigma, mode="nearest", truncate=6)


for sigma, tolerance in [(0.8, 1), (2.5, 1), (40, 2)]:
    case("scipy", "image.blur", {"sigma": sigma}, "colour", each_channel(gaussian(sigma), colour), tolerance)
case("scipy", "image.blur", {"sigma": 1.7}, "grey16", gaussian(1.7)(grey16), 8)
case("scipy", "image.blur", {"sigma": 1.7}, "floats", gaussian(1.7)(floats), 1e-4)
weight = alpha / 255.0
soft = gaussian(1.7)(weight)
seen = each_channel(gaussian(1.7), colour * weight[..., None]) / soft[..., None]
case("scipy", "image.blur", {"sigma": 1.7}, "clear", np.dstack([seen, soft * 255]), 1)
case("scipy", "image.blur", {"method": "box", "sigma": 3}, "colour",
     each_channel(lambda plane: ndimage.uniform_filter(plane.astype(float), 7, mode="nearest"), colour), 1)
case("Pillow", "image.blur", {"method": "box", "sigma": 2}, "colour", pil.filter(ImageFilter.BoxBlur(2)), 1)
for radius, amount in [(1.0, 1.5), (2.2, 0.8)]:
    wide = np.pad(colour, ((16, 16), (16, 16), (0, 0)), mode="edge").astype(float)
    sharp = filters.unsharp_mask(wide, radius, amount, channel_axis=2, preserve_range=True)[16:-16, 16:-16]
    params = {"radius": radius, "amount": amount}
    case("scikit-image", "image.sharpen", params, "colour", sharp, 2)
    wide = np.pad(floats, 16, mode="edge").astype(float)
    sharp = filters.unsharp_mask(wide, radius, amount, preserve_range=True)[16:-16, 16:-16]
    case("scikit-image", "image.sharpen", params, "floats", sharp, 1e-3)

# Brightness and colour.
case("Pillow", "image.invert", {}, "colour", ImageOps.invert(pil), 0)
case("Pillow", "image.grayscale", {}, "colour", pil.convert("L"), 0)
case("numpy", "image.grayscale", {"weights": "rec709"}, "colour", colour @ np.array([0.2126, 0.7152, 0.0722]), 1)
share = np.clip((colour / 255 - 0.1) / 0.7, 0, 1) ** (1 / 1.8)
levels = {"black": 0.1, "white": 0.8, "gamma": 1.8, "out_black": 0.05, "out_white": 0.9}
case("numpy", "image.levels", levels, "colour", (0.05 + share * 0.85) * 255, 1)
case("Pillow", "image.levels", {"black": 0.2, "white": 0.6}, "grey",
     Image.fromarray(grey).point([min(max((at - 51) / 102 * 255, 0), 255) + 0.5 for at in range(256)]), 1)
points = [[0, 0.1], [0.2, 0.15], [0.5, 0.7], [0.6, 0.7], [0.9, 0.3], [1, 0.35]]
curve = interpolate.PchipInterpolator(*zip(*points))
case("scipy", "image.curves", {"points": points}, "colour", curve(colour / 255) * 255, 1)
case("scipy", "image.curves", {"points": points}, "grey16", curve(grey16 / 65535) * 65535, 2)


def linear(value):
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def encoded(light):
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


light = linear(colour / 255)
means = light.reshape(-1, 3).mean(0)
case("numpy", "image.white_balance", {}, "colour", encoded(light * (means.mean() / means)) * 255, 1)
gains = {"method": "gains", "red": 1.4, "green": 0.9, "blue": 0.5}
case("numpy", "image.white_balance", gains, "colour", encoded(light * [1.4, 0.9, 0.5]) * 255, 1)


def shifted(pixel, hue, saturation, lightness):
    h, l, s = colorsys.rgb_to_hls(*(pixel / 255))
    l = l + (1 - l) * lightness if lightness > 0 else l * (1 + lightness)
    return np.array(colorsys.hls_to_rgb(h + hue / 360, l, min(s * (1 + saturation), 1))) * 255


for hue, saturation, lightness in [(75, 0, 0), (-160, 0.6, 0.2), (0, -0.5, -0.3)]:
    made = np.array([[shifted(pixel, hue, saturation, lightness) for pixel in row] for row in colour])
    params = {"hue": hue, "saturation": saturation, "lightness": lightness}
    case("colorsys", "image.hue_saturation", params, "colour", made, 1)

# Thresholds and morphology.
white = lambda mask: mask.astype(np.uint8) * 255
case("scikit-image", "image.threshold", {}, "colour", white(grey > filters.threshold_otsu(grey)), 0)
case("scikit-image", "image.threshold", {}, "grey16", (grey16 > filters.threshold_otsu(grey16)).astype(np.uint16) * 65535, 0)
local = filters.threshold_local(grey, 9, method="mean", offset=5.1, mode="nearest")
case("scikit-image", "image.threshold", {"method": "adaptive", "radius": 4, "offset": 5.1 / 255}, "grey", white(grey > local), 0)
cross = lambda r: np.maximum.outer(np.arange(2 * r + 1) == r, np.arange(2 * r + 1) == r)
elements = {"square": lambda r: np.ones((2 * r + 1, 2 * r + 1)), "disc": morphology.disk, "cross": cross}
operations = {
    "erode": ndimage.grey_erosion, "dilate": ndimage.grey_dilation, "open": ndimage.grey_opening,
    "close": ndimage.grey_closing, "gradient": ndimage.morphological_gradient,
    "top_hat": ndimage.white_tophat, "black_hat": ndimage.black_tophat,
}
for at, (operation, function) in enumerate(operations.items()):
    for element in elements if at < 2 else list(elements)[at % 3 :][:1]:
        radius = 2 + at % 3
        footprint = elements[element](radius).astype(bool)
        made = each_channel(lambda plane: function(plane, footprint=footprint, mode="nearest"), colour)
        params = {"operation": operation, "element": element, "radius": radius}
        case("scipy", "image.morphology", params, "colour", made, 0)

made = {"pictures": {name: packed(samples) for name, samples in pictures.items()}, "cases": cases}
text = json.dumps(made, separators=(",", ":")).replace('{"tool"', '\n{"tool"')
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")
