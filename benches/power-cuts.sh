#!/usr/bin/env bash
# Cuts the power of a simulated disk while values are kept, while a run writes its journal beside them, and while `gc`
# deletes, ROUNDS times each (2,000 by default), each time at another moment: whatever was reported durable is read back,
# the index may be of any age, and the workspace works on.
set -euo pipefail
cd "$(dirname "$0")/.."

CUTS="${ROUNDS:-2000}" cargo test --release -p windlass-store --lib -- cut_of_the_power gc::tests::a_pack
