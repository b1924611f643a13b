#!/bin/sh
# Runs many random graphs against the sequential reference, and breaks each rule of the engine on purpose.
# RANDOM_GRAPHS says how many graphs (20,000), SEED where they start (1).
set -eu
cd "$(dirname "$0")/.."
export RANDOM_GRAPHS="${RANDOM_GRAPHS:-20000}" SEED="${SEED:-1}"
cargo test --release -p windlass-runtime --test random -- --nocapture --test-threads 1
