#!/usr/bin/env bash
# Kills runs at random moments, ROUNDS times in all (500 by default), each time resuming what is left: what they come to is
# what an undisturbed run comes to, no file is written twice, and nothing fires again whose result was in the journal. Each run is
# killed until it has ended, then the next one is begun; ITEMS (2,000 by default) and SEED change them.
set -euo pipefail
cd "$(dirname "$0")/.."

KILLS="${ROUNDS:-500}" cargo test --release --test suite -- --exact --nocapture \
    resume::kills::a_run_that_is_killed_at_random_moments_comes_to_what_it_would_have_come_to
