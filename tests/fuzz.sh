#!/usr/bin/env bash
# Fuzzes every parser with libFuzzer, the long form: bash tests/fuzz.sh [SECONDS [TARGET...]]
#
# SECONDS are for all targets together, 1800 as a rule. What is found lies in fuzz/artifacts, and
# the script ends with 1. Inputs that reach new code are kept in target/fuzz-corpus and used again.
# No sanitizer is needed, because the code has no `unsafe` of its own, so a stable compiler does.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-1800}
shift || true
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi
tools=$PWD/target/fuzz-tools
if [[ ! -x $tools/bin/cargo-fuzz ]]; then
    cargo install cargo-fuzz --version 0.13.1 --locked --root "$tools"
fi
export PATH=$tools/bin:$PATH TMPDIR
TMPDIR=$(mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT

fuzz() { cargo fuzz "$@"; }
common=(--sanitizer none --target-dir target/fuzz)
each=$((seconds / ${#targets[@]}))
[[ $each -gt 0 ]] || each=1
fuzz build "${common[@]}"
failed=0
for target in "${targets[@]}"; do
    corpus=target/fuzz-corpus/$target
    mkdir -p "$corpus"
    log=$TMPDIR/$target.log
    if fuzz run "${common[@]}" "$target" "$corpus" "tests/data/fuzz/$target" -- \
        -max_total_time="$each" -max_len=65536 -rss_limit_mb=2048 -timeout=20 -seed=1 >"$log" 2>&1; then
        printf '%-12s %s\n' "$target" "$(grep -E '^Done ' "$log" || echo 'no figure')"
    else
        printf '%-12s FOUND\n' "$target"
        grep -m 1 -A 3 'panicked at' "$log" || true
        tail -n 20 "$log"
        failed=1
    fi
done
exit "$failed"
