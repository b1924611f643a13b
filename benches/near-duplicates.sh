#!/usr/bin/env bash
# Runs `graphs/near-duplicates.yaml` over 1,000 and over 10,000 small pictures, or as many as $COUNTS says. One in forty has three
# near duplicates: scaled, compressed again, brightened. Fails unless exactly those groups are found, or if the peak of memory is
# above that of the first by more than a tenth and what the search has to keep of each further picture. Needs Python with numpy
# and Pillow; $PYTHON names it. $WINDLASS may name a release binary that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
windlass=${WINDLASS:-}
if [ -z "$windlass" ]; then
    cargo build --release --quiet --package windlass
    windlass=$PWD/target/release/windlass
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r graphs "$folder/graphs"

"$python" - "$windlass" "$folder" <<'PYTHON'
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy
from PIL import Image, ImageEnhance

windlass, folder = sys.argv[1], Path(sys.argv[2])
ONE_IN = 40
COPIES = 3
TENTH = 1.1
# What waits for the last hash, estimated from its structures: a file with its name and path, the hash, the name of the item, and
# their places in two lists take 0.6 KiB; half as much is free again by then and not given back.
KEPT_KIB = 0.9
# Peaks of the same work differ by some MiB from run to run: the largest counts, as in `benches/pictures`.
RUNS = 5
COUNTS = [int(count) for count in os.environ.get("COUNTS", "1000 10000").split()]


def picture(number):
    """Returns soft random spots: no two look alike."""
    spots = numpy.random.default_rng(number).integers(0, 256, (9, 12, 3), dtype=numpy.uint8)
    return Image.fromarray(spots).resize((96, 72), Image.Resampling.BICUBIC)


def plant(into, count):
    """Makes so many pictures, copies among them, and returns the names of each group."""
    into.mkdir()
    groups, made, number = [], 0, 0
    while made < count:
        image, name = picture(number), f"{number:05}"
        image.save(into / f"{name}.jpg", quality=88)
        made += 1
        if number % ONE_IN == 0 and made + COPIES <= count:
            image.resize((61, 46), Image.Resampling.LANCZOS).save(into / f"{name}-scaled.jpg", quality=88)
            image.save(into / f"{name}-again.jpg", quality=40)
            ImageEnhance.Brightness(image).enhance(1.12).save(into / f"{name}-bright.jpg", quality=88)
            made += COPIES
            groups.append(frozenset(f"{name}{end}.jpg" for end in ("", "-scaled", "-again", "-bright")))
        number += 1
    return set(groups)


def run(pictures, turn):
    """Runs the graph in folders of its own, and returns what it found, its peak memory in MiB and how long it took."""
    out = folder / f"out-{pictures.name}-{turn}"
    command = [windlass, "run", folder / "graphs/near-duplicates.yaml", "--in", f"folder={pictures}", "--out", out]
    command += ["--workspace", folder / f"kept-{pictures.name}-{turn}", "--quiet"]
    began = time.monotonic()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    took = time.monotonic() - began
    if status:
        sys.exit(f"near-duplicates: the run ended with status {status}")
    lines = (out / "out/near-duplicates.txt").read_text().splitlines()
    sheet = Image.open(out / "out/near-duplicates.png")
    return {frozenset(line.split(", ")) for line in lines}, usage.ru_maxrss / 1024, took, sheet.size


peaks = []
for count in COUNTS:
    pictures = folder / str(count)
    planted = plant(pictures, count)
    runs = [run(pictures, turn) for turn in range(RUNS)]
    peaks.append(max(peak for _, peak, _, _ in runs))
    shown = ", ".join(f"{took:.1f} s and {peak:.0f} MiB" for _, peak, took, _ in runs)
    found, _, _, sheet = runs[0]
    right = len(found & planted)
    print(f"{count} pictures: {len(planted)} groups planted, {len(found)} found, {right} of them right;")
    print(f"  {shown}; a sheet of {sheet[0]} by {sheet[1]} pixels", flush=True)
    for found, _, _, _ in runs:
        if found != planted:
            missed, wrong = planted - found, found - planted
            sys.exit(f"near-duplicates: missed {sorted(map(sorted, missed))[:5]}, wrong {sorted(map(sorted, wrong))[:5]}")
too_much = False
for count, peak in zip(COUNTS[1:], peaks[1:]):
    further = count - COUNTS[0]
    most = peaks[0] * TENTH + further * KEPT_KIB / 1024
    each = (peak - peaks[0]) * 1024 / further
    print(f"{count} pictures take {each:.2f} KiB for each further one; {peak:.0f} MiB of at most {most:.0f} MiB")
    too_much = too_much or peak > most
sys.exit(too_much)
PYTHON
