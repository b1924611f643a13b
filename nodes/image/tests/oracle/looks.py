"""Makes what `src/shared/looks_oracle.rs` holds the nodes against that look at pictures, and freezes it in `looks/`.

Made with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-image 0.26.0, Pillow 13.0.0 (libwebp, zlib as bundled) and imagehash 4.3.2.
The pictures are computed by formulas of whole numbers, which the test computes as well, so that no pixels are kept.

    python looks.py WINDLASS     # WINDLASS: a binary of this repository, which writes the animations that Pillow reads
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import imagehash
import numpy
from PIL import Image, ImageSequence
from skimage.measure import shannon_entropy
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

HERE = Path(__file__).parent / "looks"
SIZES = [(64, 48), (33, 21), (11, 11)]
PERCENTILES = [0, 1, 12.5, 50, 75, 99, 100]


def grid(width, height, channels):
    y, x, c = numpy.meshgrid(numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    return x.astype(numpy.int64), y.astype(numpy.int64), c.astype(numpy.int64)


def wave(t, period):
    """A triangle from 0 to 255 and back."""
    return abs(t % (2 * period) - period) * 255 // period


def reference(width, height, channels):
    x, y, c = grid(width, height, channels)
    return (wave(3 * x + y + 20 * c, 37) + wave(2 * y - x + 500 + 11 * c, 53)) // 2


def noisy(width, height, channels):
    x, y, c = grid(width, height, channels)
    return numpy.clip(reference(width, height, channels) + (x * 13 + y * 29 + x * y * 7 + c * 5) % 41 - 20, 0, 255)


def finer(width, height, channels):
    """The same in 16 bits, with more digits."""
    x, y, _ = grid(width, height, channels)
    return noisy(width, height, channels) * 256 + (x * 31 + y * 17) % 256


DEPTHS = {"u8": (numpy.uint8, 255), "u16": (numpy.uint16, 65535), "f32": (numpy.float32, 1.0)}


def sample_pair(depth, width, height, channels):
    a, b = reference(width, height, channels), noisy(width, height, channels)
    if depth == "u8":
        return a.astype(numpy.uint8), b.astype(numpy.uint8)
    a, b = (a * 257).astype(numpy.uint16), finer(width, height, channels).astype(numpy.uint16)
    return (a, b) if depth == "u16" else (numpy.float32(a / 65535), numpy.float32(b / 65535))


def metrics():
    for depth, (_, full) in DEPTHS.items():
        for width, height in SIZES:
            for channels in (1, 3):
                a, b = (part.astype(numpy.float64) for part in sample_pair(depth, width, height, channels))
                ssim = structural_similarity(
                    a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=full, channel_axis=2
                )
                yield {
                    "depth": depth,
                    "width": width,
                    "height": height,
                    "channels": channels,
                    "mse": mean_squared_error(a / full, b / full),
                    "psnr": peak_signal_noise_ratio(a, b, data_range=full),
                    "ssim": float(ssim),
                    "max_difference": float(abs(a - b).max() / full),
                }


def statistics():
    for depth in DEPTHS:
        _, b = sample_pair(depth, 64, 48, 3)
        for channel in range(3):
            samples = b[..., channel].ravel()
            whole = samples.astype(numpy.float64)
            if depth == "f32":
                steps = numpy.histogram(whole, 256, (0, 1))[0]
                shares = steps[steps > 0] / steps.sum()
                entropy = float(-(shares * numpy.log2(shares)).sum())
            else:
                entropy = float(shannon_entropy(samples))
            limits = {"u8": (0, 256), "u16": (0, 65536), "f32": (0, 1)}[depth]
            yield {
                "depth": depth,
                "channel": channel,
                "min": whole.min(),
                "max": whole.max(),
                "mean": whole.mean(),
                "deviation": whole.std(),
                "percentiles": numpy.percentile(whole, PERCENTILES).tolist(),
                "entropy": entropy,
                "histogram": numpy.histogram(whole, 10, limits)[0].tolist(),
            }


def scene(number):
    width, height = 150 + 13 * number, 200 - 9 * number
    x, y, c = grid(width, height, 3)
    first = wave(x * (number % 5 + 1) + y * 2 + 40 * c, 61 + 7 * number)
    second = wave(y * (number % 3 + 2) - x + 1000 + 25 * c, 83 + 5 * number)
    third = wave((x - 70) ** 2 // (30 + number) + (y - 60) ** 2 // 40, 97 + 3 * number)
    return ((first + 2 * second + 3 * third) // 6).astype(numpy.uint8)


def hashes():
    for number in range(12):
        image = Image.fromarray(scene(number))
        yield {
            "average": str(imagehash.average_hash(image)),
            "difference": str(imagehash.dhash(image)),
            "perceptual": str(imagehash.phash(image)),
        }


WIDTH, HEIGHT, FRAMES = 20, 14, 5
DELAYS = [100, 40, 250, 100, 70]


def frame(number, clear, many):
    """A block that wanders over a ground, over nothing, or over a gradient of many colours."""
    x, y, _ = (part[..., 0] for part in grid(WIDTH, HEIGHT, 1))
    block = (x // 4 == number) & (y // 5 == number % 3)
    ground = [x // 5 * 40, y // 4 * 60, x * 0 + 90, x * 0 + 255]
    if many:
        ground = [x * 12, y * 17, (x * y + number * 9) % 256, x * 0 + 255]
    if clear:
        ground = [x * 0] * 4
    pixels = numpy.stack([numpy.where(block, dot, plain) for dot, plain in zip((250, 20, 20, 255), ground)], axis=2)
    return Image.fromarray(pixels.astype(numpy.uint8))


def strip(frames):
    """All frames below each other."""
    whole = Image.new("RGBA", (WIDTH, HEIGHT * len(frames)))
    for number, image in enumerate(frames):
        whole.paste(image.convert("RGBA"), (0, HEIGHT * number))
    return whole


def read(path):
    image = Image.open(path)
    frames, delays = [], []
    for part in ImageSequence.Iterator(image):
        # Pillow counts the picture for readers that know no animation as a frame.
        if image.info.get("default_image") and image.tell() == 0:
            continue
        frames.append(part.convert("RGBA").copy())
        delays.append(part.info["duration"])
    return frames, delays, image.info.get("loop", 1)


def freeze(name, path, facts):
    frames, delays, loop = read(path)
    strip(frames).save(HERE / f"{name}.strip.png", optimize=True)
    facts[name] = {"delays": delays, "loop": loop, "frames": len(frames)}


def pillow_writes(facts):
    plain = [frame(number, False, False) for number in range(FRAMES)]
    clear = [frame(number, True, False) for number in range(FRAMES)]
    many = [frame(number, False, True) for number in range(FRAMES)]
    common = {"save_all": True, "duration": DELAYS, "loop": 3}
    writes = {
        "keep.gif": (plain, {}),
        "background.gif": (clear, {"disposal": 2}),
        "previous.gif": (clear, {"disposal": 3}),
        "lossless.webp": (many, {"lossless": True}),
        "clear.webp": (clear, {"lossless": True, "minimize_size": True}),
        "lossy.webp": (many, {"quality": 95, "kmin": 1, "kmax": 3}),
        "plain.png": (plain, {}),
        "over.png": (clear, {"disposal": 1, "blend": 1}),
        "previous.png": (clear, {"disposal": 2, "blend": 0}),
        "apart.png": (plain, {"default_image": True}),
    }
    for name, (frames, options) in writes.items():
        path = HERE / f"pillow-{name}"
        options = {**common, **options}
        if options.get("default_image"):
            options["append_images"] = frames
            many[0].save(path, **options)
        else:
            frames[0].save(path, append_images=frames[1:], **options)
        freeze(f"pillow-{name}", path, facts)


GRAPH = """
windlass: 1
nodes:
  find: { kind: files.glob, params: { folder: frames, pattern: "*.png" } }
  open: { kind: image.open, inputs: { file: find.file } }
  animate:
    kind: image.animate
    params: { path: NAME, delay: 70, plays: 2 }
    inputs: { images: open.image }
"""


def windlass_writes(windlass, facts):
    for name, clear, many in [("plain.gif", False, False), ("clear.gif", True, False), ("many.webp", False, True),
                              ("clear.webp", True, False), ("many.png", False, True), ("clear.png", True, False)]:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "frames").mkdir()
            for number in range(FRAMES):
                frame(number, clear, many).save(folder / f"frames/{number}.png")
            (folder / "graph.yaml").write_text(GRAPH.replace("NAME", name))
            subprocess.run([windlass, "run", "graph.yaml", "--quiet"], cwd=folder, check=True)
            freeze(f"ours-{name}", folder / name, facts)
            facts[f"ours-{name}"]["bytes"] = (folder / name).read_bytes().hex()


def main():
    HERE.mkdir(exist_ok=True)
    facts = {}
    pillow_writes(facts)
    windlass_writes(Path(sys.argv[1]).resolve(), facts)
    frozen = {
        "metrics": list(metrics()),
        "percentiles": PERCENTILES,
        "statistics": list(statistics()),
        "hashes": list(hashes()),
        "animations": facts,
    }
    lines = [f'"{name}": {json.dumps(part)}' for name, part in frozen.items()]
    (HERE / "figures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
