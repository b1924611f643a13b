#!/usr/bin/env python3
"""Workflows on a ComfyUI that runs, posted by hand and run by the program: each file must be the same, byte for byte.

    benches/comfy-real.py HOST:PORT FOLDER...

takes the workflows of folders, in API format; what the server refuses, for want of classes or models, is named and left out.
PROGRAM names the build. Ends with 1 where anything differs. Needs Python alone.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

PROGRAM = os.environ.get("PROGRAM", "target/release/windlass")


def ask(server, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{server}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def by_hand(server, workflow):
    """Returns the files that each node gives, in order."""
    name = str(uuid.uuid4())
    ask(server, "/prompt", {"prompt": workflow, "prompt_id": name})
    while not (entry := json.loads(ask(server, f"/history/{name}")).get(name)):
        time.sleep(0.05)
    if entry["status"]["status_str"] != "success":
        raise RuntimeError("it failed on the server")
    given = {}
    for node, outputs in entry["outputs"].items():
        files = [file for group in outputs.values() if isinstance(group, list) for file in group]
        for file in (file for file in files if isinstance(file, dict) and "filename" in file):
            query = urllib.parse.urlencode({key: file.get(key, "") for key in ("filename", "subfolder", "type")})
            given.setdefault(node, []).append(ask(server, f"/view?{query}"))
    return given


def ports(server, folder):
    """Returns the node that each output of the workflow's node is about, by port."""
    check = windlass(server, folder, "comfy", "check", "flow.json").stdout
    lines = [line.strip()[3:] for line in check.splitlines() if line.strip().startswith("-> ")]
    return {line.split(":")[0].split(" ")[0]: line.split(" of node ")[1].split(" ")[0] for line in lines if " of node " in line}


def windlass(server, folder, *args):
    env = dict(os.environ, WINDLASS_COMFY=f"http://{server}")
    return subprocess.run([Path(PROGRAM).resolve(), *args], cwd=folder, env=env, capture_output=True, text=True)


def by_program(server, workflow, wanted):
    """Returns the files that each node gives, in order."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "flow.json").write_text(json.dumps(workflow))
        nodes = {"make": {"kind": "comfy.workflow", "params": {"workflow": "flow.json", "give": "files"}}}
        taken = {port: node for port, node in ports(server, folder).items() if node in wanted}
        for port in taken:
            nodes[f"each_{port}"] = {"kind": "flow.each", "inputs": {"values": f"make.{port}"}}
            path = {"path": f"out/{port}-{{key}}"}
            nodes[f"save_{port}"] = {"kind": "files.write", "params": path, "inputs": {"value": f"each_{port}.value"}}
        Path(folder, "graph.json").write_text(json.dumps({"windlass": 1, "nodes": nodes}))
        ran = windlass(server, folder, "run", "graph.json", "-q")
        if ran.returncode != 0:
            raise RuntimeError(ran.stderr[-800:])
        files = lambda port: sorted(Path(folder, "out").glob(f"{port}-*"), key=lambda path: int(path.name.rsplit("-", 1)[1]))
        return {node: [path.read_bytes() for path in files(port)] for port, node in taken.items()}


def main(server, folders):
    wrong = same = refused = 0
    for path in sorted(path for folder in folders for path in Path(folder).glob("*.json")):
        workflow = json.loads(path.read_text())
        try:
            wanted = by_hand(server, workflow)
        except (urllib.error.HTTPError, RuntimeError) as error:
            said = json.loads(error.read())["error"]["message"] if isinstance(error, urllib.error.HTTPError) else error
            print(f"{path.name}: left out, the server refuses it: {said}")
            refused += 1
            continue
        if not wanted:
            print(f"{path.name}: left out, it leaves no file on the server")
            refused += 1
            continue
        # What it remembers would be given again without being made.
        ask(server, "/free", {"unload_models": True, "free_memory": True})
        time.sleep(0.5)
        try:
            given = by_program(server, workflow, wanted)
        except RuntimeError as error:
            given = {"": [str(error)]}
        if given == wanted:
            same += 1
            print(f"{path.name}: {sum(map(len, wanted.values()))} files are the same")
        else:
            wrong += 1
            print(f"{path.name}: DIFFERS {given.get('', '')}")
    print(f"{same} the same, {wrong} differ, {refused} left out")
    return 1 if wrong or not same else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except urllib.error.URLError as error:
        sys.exit(f"http://{sys.argv[1]} cannot be reached: {error.reason}")
