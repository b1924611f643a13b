"""Eleven operations on a picture of 2,000 by 1,500 pixels in memory: Windlass beside Pillow, libvips and ImageMagick.

    cargo build --release -p windlass-image --example operations
    python benches/image-peers.py --ours target/release/examples/operations [--pillow-simd FOLDER] [--rounds 5]

Each tool runs in a process of its own, on the same two cores, and holds the picture; in each round each of them does each
operation in turn, six times in a row, of which the first only wakes its threads. Printed are medians in milliseconds, and the ratio of the fastest peer's time to ours: above 1,
ours is faster. Ends with 1 where a ratio is below 0.8.

Needs numpy, Pillow, pyvips and Wand; `--pillow-simd` names a folder with Pillow-SIMD (`pip install --target`).
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

WIDTH, HEIGHT, CORES = 2000, 1500, 2
OPERATIONS = ["resize", "blur", "sharpen", "rotate 90", "rotate 7", "levels", "grayscale", "invert", "dilate", "threshold"]
OPERATIONS += ["composite"]
ENOUGH = 0.8
IN_A_ROW = 6
LEVELS = [min(max((at / 255 - 0.1) / 0.8, 0), 1) ** (1 / 1.2) * 255 for at in range(256)]


def picture():
    """The picture that `nodes/image/examples/operations.rs` draws."""
    import numpy as np

    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.uint32)
    noise = ((x * np.uint32(2654435761)) ^ (y * np.uint32(2246822519))) >> 27
    parts = [x * 200 // WIDTH, y * 200 // HEIGHT, (x + y) * 200 // (WIDTH + HEIGHT)]
    return np.stack([part + noise for part in parts], axis=2).astype(np.uint8)


def layer():
    """What is laid over it: its mirror image in other colours, seen more and more from left to right."""
    import numpy as np

    alpha = np.broadcast_to((np.arange(WIDTH) * 255 // (WIDTH - 1)).astype(np.uint8)[:, None], (HEIGHT, WIDTH, 1))
    return np.concatenate([picture()[:, ::-1, ::-1], alpha], axis=2)


def pillow():
    from PIL import Image, ImageFilter, ImageOps

    given, over = Image.fromarray(picture()), Image.fromarray(layer())

    def composite():
        made = given.copy()
        made.paste(over, (0, 0), over)

    table = [round(level) for level in LEVELS] * 3
    half = [255 * (at > 127) for at in range(256)]
    return {
        "resize": lambda: given.resize((800, 600), Image.Resampling.LANCZOS),
        "blur": lambda: given.filter(ImageFilter.GaussianBlur(3)),
        "sharpen": lambda: given.filter(ImageFilter.UnsharpMask(2, 150, 0)),
        "rotate 90": lambda: given.transpose(Image.Transpose.ROTATE_270),
        "rotate 7": lambda: given.rotate(-7, Image.Resampling.BICUBIC, expand=True),
        "levels": lambda: given.point(table),
        "grayscale": lambda: given.convert("L"),
        "invert": lambda: ImageOps.invert(given),
        "dilate": lambda: given.filter(ImageFilter.MaxFilter(7)),
        "threshold": lambda: given.convert("L").point(half),
        "composite": composite,
    }


def vips():
    os.environ["VIPS_CONCURRENCY"] = str(CORES)
    import pyvips

    pyvips.cache_set_max(0)
    samples = picture()
    given = pyvips.Image.new_from_memory(samples.data, WIDTH, HEIGHT, 3, "uchar").copy(interpretation="srgb")
    above = layer()
    over = pyvips.Image.new_from_memory(above.data, WIDTH, HEIGHT, 4, "uchar").copy(interpretation="srgb")
    table = pyvips.Image.new_from_array([LEVELS]).cast("uchar")
    luma = pyvips.Image.new_from_array([[0.299, 0.587, 0.114]])
    grey = lambda: given.recomb(luma).cast("uchar")
    # With the default of 0.2 the kernel is cut off at 1.8 sigma; ours goes to 3.
    soft = lambda sigma: given.gaussblur(sigma, min_ampl=0.011)
    bicubic = pyvips.Interpolate.new("bicubic")
    operations = {
        "resize": lambda: given.resize(0.4, kernel="lanczos3"),
        "blur": lambda: soft(3),
        "sharpen": lambda: (given + (given - soft(2)) * 1.5).cast("uchar"),
        "rotate 90": lambda: given.rot90(),
        "rotate 7": lambda: given.rotate(7, interpolate=bicubic),
        "levels": lambda: given.maplut(table),
        "grayscale": grey,
        "invert": lambda: given.invert(),
        "dilate": lambda: given.rank(7, 7, 48),
        "threshold": lambda: grey() > 127,
        "composite": lambda: given.composite2(over, "over")[:3],
    }
    # libvips computes nothing before somebody asks for the pixels.
    return {name: lambda operation=operation: operation().write_to_memory() for name, operation in operations.items()}


def magick():
    os.environ["MAGICK_THREAD_LIMIT"] = os.environ["OMP_NUM_THREADS"] = str(CORES)
    from wand.image import Image

    given, over = Image.from_array(picture()), Image.from_array(layer())
    given.depth = over.depth = 8

    def on_copy(operation):
        def run():
            with given.clone() as copy:
                operation(copy)

        return run

    def threshold(copy):
        copy.transform_colorspace("gray")
        copy.threshold(0.5)

    operations = {
        "resize": lambda copy: copy.resize(800, 600, "lanczos"),
        "blur": lambda copy: copy.blur(0, 3),
        "sharpen": lambda copy: copy.unsharp_mask(0, 2, 1.5, 0),
        "rotate 90": lambda copy: copy.rotate(90),
        "rotate 7": lambda copy: copy.rotate(7),
        "levels": lambda copy: copy.level(0.1, 0.9, 1.2),
        "grayscale": lambda copy: copy.transform_colorspace("gray"),
        "invert": lambda copy: copy.negate(),
        "dilate": lambda copy: copy.morphology("dilate", "square:3"),
        "threshold": threshold,
        "composite": lambda copy: copy.composite(over, 0, 0),
    }
    return {name: on_copy(operation) for name, operation in operations.items()}


def work(operations):
    for line in sys.stdin:
        operation = operations[line.strip()]
        started = time.perf_counter()
        made = operation()
        seconds = time.perf_counter() - started
        del made
        print(seconds, flush=True)


class Tool:
    """A process that answers the name of an operation with the seconds it took."""

    def __init__(self, command, **environment):
        environment = {**os.environ, "RAYON_NUM_THREADS": str(CORES), **environment}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment)

    def time(self, operation):
        self.process.stdin.write(operation + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    read = argparse.ArgumentParser()
    read.add_argument("--ours", default="target/release/examples/operations")
    read.add_argument("--pillow-simd")
    read.add_argument("--rounds", type=int, default=5)
    read.add_argument("--only", choices=OPERATIONS, action="append")
    read.add_argument("--worker", choices=["pillow", "vips", "magick"], help=argparse.SUPPRESS)
    args = read.parse_args()
    if args.worker:
        return work({"pillow": pillow, "vips": vips, "magick": magick}[args.worker]())
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    peer = lambda name, **environment: Tool([sys.executable, __file__, "--worker", name], **environment)
    tools = {"windlass": Tool([args.ours]), "Pillow": peer("pillow")}
    if args.pillow_simd:
        tools["Pillow-SIMD"] = peer("pillow", PYTHONPATH=args.pillow_simd)
    tools |= {"libvips": peer("vips"), "ImageMagick": peer("magick")}
    operations = args.only or OPERATIONS
    times = {(operation, tool): [] for operation in operations for tool in tools}
    for _ in range(args.rounds):
        for operation in operations:
            for name, tool in tools.items():
                seconds = [tool.time(operation) for _ in range(IN_A_ROW)]
                times[operation, name] += [second * 1000 for second in seconds[1:]]
    return report(times, operations, list(tools))


def report(times, operations, tools):
    print(f"{'ms':12}" + "".join(f"{tool:>13}" for tool in tools) + f"{'ratio':>8}")
    slow = []
    for operation in operations:
        medians = [statistics.median(times[operation, tool]) for tool in tools]
        ratio = min(medians[1:]) / medians[0]
        print(f"{operation:12}" + "".join(f"{median:13.2f}" for median in medians) + f"{ratio:8.2f}")
        slow += [operation] if ratio < ENOUGH else []
    if slow:
        print(f"below {ENOUGH}: {', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
