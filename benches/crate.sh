#!/usr/bin/env bash
# Validates crates of `windlass why --crate` with the validator of their profile, Provenance Run Crate 0.5, without a network.
# Takes the context of RO-Crate 1.1 as a file: https://w3id.org/ro/crate/1.1/context. Needs Python with `roc-validator` 0.13.
set -euo pipefail
context=$(realpath "${1:?name the file with the context of RO-Crate 1.1}")
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}

cargo build --release --quiet --package windlass
windlass=$PWD/target/release/windlass
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r graphs/. "$folder"
cd "$folder"
for graph in contact-sheet loop subgraph against-the-mean; do
    "$windlass" run "$graph.yaml" --quiet --out "out-$graph" >"$graph.txt"
    file=$(find "out-$graph" -type f | sort | head -n 1)
    "$windlass" why "$file" --crate "crate-$graph"
    "$python" - "crate-$graph" "$context" <<'PYTHON'
import sys

import requests


def answer(self, method, url, **_):
    """Answers with the context, and with nothing else."""
    if not url.startswith("https://w3id.org/ro/crate/1.1/context"):
        raise requests.ConnectionError(f"no network: {url}")
    response = requests.Response()
    response.status_code, response.url, response.encoding = 200, url, "utf-8"
    response.headers["Content-Type"] = "application/ld+json"
    response._content = open(sys.argv[2], "rb").read()
    return response


requests.sessions.Session.request = answer
try:
    import requests_cache

    requests_cache.CachedSession.request = answer
except ImportError:
    pass

from rocrate_validator import models, services

settings = services.ValidationSettings(
    rocrate_uri=sys.argv[1],
    profile_identifier="provenance-run-crate-0.5",
    requirement_severity=models.Severity.REQUIRED,
)
issues = services.validate(settings).get_issues()
for issue in issues:
    print(f"{issue.check.identifier}: {issue.message}")
print(f"{sys.argv[1]}: {len(issues)} issues")
sys.exit(bool(issues))
PYTHON
done
