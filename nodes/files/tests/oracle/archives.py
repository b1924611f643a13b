"""Makes archives with the usual tools, and says what the other tools find in them.

Written with Info-ZIP Zip 3.0 and UnZip 6.00, GNU tar 1.34, gzip 1.12, zstd 1.5.4, Python 3.11 (zipfile, tarfile).

    python3 archives.py                         makes archives/*.zip and *.tar* and what is expected of them
    python3 archives.py path/to/windlass        also packs with `files.zip` and `files.tar`, tests that with
                                                `unzip -t` and `tar`, and freezes it as archives/ours*

The contents follow a formula, so that the test in Rust makes them again: byte i of a file is (31 i + length of its
name in bytes) mod 251.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent / "archives"
TREE = {
    "hello.txt": 12,
    "empty": 0,
    "sub/deeper/data.bin": 1500,
    "naïve café.txt": 40,
    "日本語/文.txt": 700,
    "long/" + "folder" * 12 + "/" + "name" * 15 + ".txt": 10,
}
LONGER = {"longer/" + "x" * 150 + "/" + "y" * 120: 9}
TIME = 1_700_000_000


def content(name, size):
    return bytes((31 * i + len(name.encode())) % 251 for i in range(size))


def plant(folder, tree):
    for name, size in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name, size))
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (TIME, TIME))


def run(folder, *command, **more):
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, **more).stdout


def found(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def unpacked(archive):
    with tempfile.TemporaryDirectory() as folder:
        if ".zip" in archive.name:
            run(folder, "unzip", "-t", archive)
            run(folder, "unzip", archive)
            return found(pathlib.Path(folder))
        run(folder, "tar", "-xf", archive)
        files = found(pathlib.Path(folder))
        with tempfile.NamedTemporaryFile() as plain:
            plain.write(run(folder, "zstd", "-dc", archive) if archive.suffix == ".zst" else archive.read_bytes())
            plain.flush()
            # A hard link is a file to tar, and nothing that is made to us.
            links = [member.name for member in tarfile.open(plain.name) if member.islnk()]
        return {name: sha for name, sha in files.items() if name not in links and "./" + name not in links}


class Unmarked(zipfile.ZipInfo):
    """An entry whose name is in an encoding of old, and not marked as UTF-8."""

    encoding = "cp437"

    def _encodeFilenameFlags(self):
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def unmarked(path, encoding, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            entry = Unmarked(name)
            entry.encoding = encoding
            archive.writestr(entry, content(name, 20))
    return {name: hashlib.sha256(content(name, 20)).hexdigest() for name in sorted(names)}


def by_tools(root):
    tree, tapes, small = root / "tree", root / "tapes", root / "small"
    plant(tree, TREE)
    plant(tapes, TREE)
    os.symlink("hello.txt", tapes / "link")
    os.link(tapes / "hello.txt", tapes / "zz-hard")
    os.mkfifo(tapes / "pipe")
    plant(small, {"hello.txt": 12, "sub/a.bin": 600})
    run(tree, "zip", "-X", "-r", HERE / "infozip.zip", ".")
    run(tree, "zip", "-X", "-0", "-r", HERE / "infozip-stored.zip", ".")
    run(tree, "zip", "-X", "-fz", "-r", HERE / "infozip-zip64.zip", ".")
    (HERE / "infozip-stream.zip").write_bytes(run(tree, "zip", "-X", "-r", "-", "."))
    with zipfile.ZipFile(HERE / "python.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size in (TREE | LONGER).items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
                entry.write(content(name, size))
    options = ["--sort=name", f"--mtime=@{TIME}", "--owner=0", "--group=0", "--numeric-owner", "-b1"]
    run(tapes, "tar", *options, "--format=ustar", "-cf", HERE / "ustar.tar", ".")
    run(tapes, "tar", *options, "--format=pax", "-cf", HERE / "pax.tar", ".")
    plant(tapes, LONGER)
    run(tapes, "tar", *options, "--format=gnu", "-cf", HERE / "gnu.tar", ".")
    run(tapes, "tar", *options, "--format=gnu", "-I", "gzip -n", "-cf", HERE / "gnu.tar.gz", ".")
    run(tapes, "tar", *options, "--format=pax", "--zstd", "-cf", HERE / "pax.tar.zst", ".")
    run(small, "tar", *options, "--format=v7", "-cf", HERE / "v7.tar", ".")
    with tarfile.open(HERE / "python.tar", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.add(tree, arcname=".")


GRAPH = """windlass: 1
name: Packing
nodes:
  find: { kind: files.glob, params: { folder: tree, pattern: "**/*" } }
"""


def by_us(root, program):
    tree = root / "tree"
    plant(tree, LONGER)
    graph, names = GRAPH, ["ours.zip", "ours-stored.zip", "ours.tar", "ours.tar.gz", "ours.tar.zst"]
    for at, name in enumerate(names):
        kind = "zip" if ".zip" in name else "tar"
        more = ", compression: store" if "stored" in name else ""
        graph += f"  pack{at}: {{ kind: files.{kind}, params: {{ path: {name}{more} }}, inputs: {{ files: find.file }} }}\n"
    (root / "graph.yaml").write_text(graph)
    run(root, program, "run", "graph.yaml")
    for name in names:
        shutil.copy(root / name, HERE / name)


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        by_tools(root)
        if len(sys.argv) > 1:
            by_us(root, pathlib.Path(sys.argv[1]).resolve())
    expected = {path.name: unpacked(path) for path in sorted(HERE.iterdir())}
    expected["cp437.zip"] = unmarked(HERE / "cp437.zip", "cp437", ["café.txt", "ÄÖÜ/ß.bin", "½ π.txt"])
    expected["shift_jis.zip"] = unmarked(HERE / "shift_jis.zip", "shift_jis", ["日本語.txt", "表/ソ.bin"])
    document = {"tree": TREE | LONGER, "archives": expected}
    (HERE / "expected.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


main()
