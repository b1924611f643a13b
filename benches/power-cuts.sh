#!/usr/bin/env bash
# Cuts the power of a simulated disk while values are kept, ROUNDS times (2,000 by default), each time at another moment:
# whatever was reported durable is read back, and the workspace works on.
set -euo pipefail
cd "$(dirname "$0")/.."

CUTS="${ROUNDS:-2000}" cargo test --release -p windlass-store --lib -- --exact \
    artifacts::tests::what_was_committed_survives_every_cut_of_the_power
