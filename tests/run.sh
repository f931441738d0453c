#!/usr/bin/env bash
# Runs every test: bash tests/run.sh [arguments of cargo test]
#
# What is missing is installed from Debian's packages: curl, Python, Chromium with its
# driver and a Chinese font, and PostgreSQL; schemathesis from PyPI, below target/.
#
# The tests need a PostgreSQL server, and its binaries for servers that they kill.
# One that TRADEIN_TEST_DATABASE_URL names is used as it is: its user must be
# allowed to create databases. Without that variable a throw-away server is started
# around the tests, from binaries that are installed, or else from Debian's package.
# It listens on a unix socket only, in a directory that nobody else can enter, and
# never touches a server that runs already.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'tests/run.sh: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

milliseconds() { echo $((10#${EPOCHREALTIME//[!0-9]/} / 1000)); }

# Prints the newest directory with initdb, pg_ctl and postgres in it.
postgres_binaries() {
    local candidates=() directory
    if command -v initdb >/dev/null; then
        # The real place: initdb finds the other programs beside itself.
        candidates+=("$(dirname "$(readlink -f "$(command -v initdb)")")")
    fi
    if command -v pg_config >/dev/null; then
        candidates+=("$(pg_config --bindir 2>/dev/null || true)")
    fi
    while IFS= read -r directory; do
        candidates+=("$directory")
    done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse)
    for directory in "${candidates[@]}"; do
        if [[ -x $directory/initdb && -x $directory/pg_ctl && -x $directory/postgres ]]; then
            printf '%s\n' "$directory"
            return 0
        fi
    done
    return 1
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "something is not installed and only root can install it: PostgreSQL ('apt-get install postgresql', or set TRADEIN_TEST_DATABASE_URL), curl, chromium-driver"
    fi
}

# Installs Debian's package without the cluster that it would create and start.
install_postgres() {
    command -v apt-get >/dev/null ||
        fail "no PostgreSQL binaries and no apt-get: install PostgreSQL, or set TRADEIN_TEST_DATABASE_URL"
    say "no PostgreSQL binaries found: installing Debian's postgresql package"
    local no_cluster=/etc/postgresql-common/createcluster.d/tradein-tests.conf installed=0
    as_root mkdir -p "$(dirname "$no_cluster")"
    echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql' \
        </dev/null >&2 || installed=$?
    as_root rm -f "$no_cluster"
    [[ $installed -eq 0 ]] ||
        fail "PostgreSQL could not be installed (apt-get said $installed): install it, or set TRADEIN_TEST_DATABASE_URL"
}

# Runs a command as the owner of the cluster: PostgreSQL refuses to run as root.
as_owner() {
    if [[ -n $owner ]]; then
        (cd / && runuser -u "$owner" -- "$@")
    else
        "$@"
    fi
}

cluster=
owner=
binaries=
tests=

# shellcheck disable=SC2329 # called by the trap
clean_up() {
    if [[ -n $tests ]] && kill -0 -- "-$tests" 2>/dev/null; then
        kill -TERM -- "-$tests" 2>/dev/null || true
        wait "$tests" 2>/dev/null || true
    fi
    if [[ -n $cluster ]]; then
        if [[ -f $cluster/data/postmaster.pid ]]; then
            # Nothing of it is kept, so it need not write its memory out.
            as_owner "$binaries/pg_ctl" --pgdata "$cluster/data" --mode immediate --silent stop >&2 || true
        fi
        rm -rf "$cluster"
        cluster=
    fi
}

start_cluster() {
    local begun socket
    begun=$(milliseconds)
    # A short name: the path of a unix socket may have 107 bytes.
    cluster=$(mktemp -d)
    socket=$cluster/socket
    if [[ $EUID -eq 0 ]]; then
        owner=nobody
        if getent passwd postgres >/dev/null; then owner=postgres; fi
        chown "$owner" "$cluster"
    fi
    as_owner mkdir -m 0700 "$socket"
    # Trust is safe: only the owner and root can reach the socket.
    as_owner "$binaries/initdb" --pgdata "$cluster/data" --username tradein --auth trust \
        --encoding UTF8 --locale C --no-sync >"$cluster/initdb.log" 2>&1 ||
        { cat "$cluster/initdb.log" >&2; fail "initdb failed"; }
    # fsync, synchronous_commit and full_page_writes stay as they are: the tests
    # prove what is acknowledged to be durable.
    as_owner "$binaries/pg_ctl" --pgdata "$cluster/data" --log "$cluster/data/server.log" --silent --wait \
        --options "-c listen_addresses= -c unix_socket_directories=$socket -c max_connections=200 -c lc_messages=C" \
        start >&2 || { cat "$cluster/data/server.log" >&2; fail "PostgreSQL did not start"; }
    export TRADEIN_TEST_DATABASE_URL="postgres:///postgres?host=$socket&user=tradein"
    say "$("$binaries/postgres" --version) from $binaries, started in $(($(milliseconds) - begun)) ms: $TRADEIN_TEST_DATABASE_URL"
}

if ! command -v cargo >/dev/null && [[ -f $HOME/.cargo/env ]]; then
    # shellcheck disable=SC1091 # written by rustup
    . "$HOME/.cargo/env"
fi
command -v cargo >/dev/null || fail "cargo is not on PATH: install Rust from https://rustup.rs"

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# In any case: some tests start servers of their own, because they kill them.
binaries=$(postgres_binaries) || {
    install_postgres
    binaries=$(postgres_binaries) || fail "PostgreSQL was installed, yet its binaries are not to be found"
}
if [[ -n ${TRADEIN_TEST_DATABASE_URL:-} ]]; then
    say "using the server that TRADEIN_TEST_DATABASE_URL names"
else
    start_cluster
fi

# Installs Debian's packages unless the program is there: need PROGRAM PACKAGE...
need() {
    local program=$1
    shift
    if command -v "$program" >/dev/null; then return 0; fi
    command -v apt-get >/dev/null || fail "$program is missing: install it"
    install_packages "$@"
}

# Installs Debian's packages.
install_packages() {
    say "installing Debian's $*"
    as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends $*" </dev/null >&2 ||
        fail "$* could not be installed"
}

# The operating document is run as it stands, and it calls curl.
need curl curl
# The second verifier is written in Python, with nothing but what comes with it.
need python3 python3
# Pages are looked at in a real browser, and Chinese needs a font.
need chromedriver chromium chromium-driver fonts-wqy-zenhei

# Installs schemathesis, which makes up requests, where it is not there as it is wanted.
need_schemathesis() {
    local wanted=tests/fuzzed/requirements.txt place=target/schemathesis
    if [[ -x $place/bin/schemathesis ]] && cmp --silent "$wanted" "$place/requirements.txt"; then
        return 0
    fi
    python3 -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
    say "installing schemathesis into $place"
    rm -rf "$place"
    mkdir -p target
    python3 -m venv "$place" >&2
    "$place/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$wanted" >&2 ||
        fail "schemathesis could not be installed from $wanted"
    # Last, so that a run that was cut off is begun again.
    cp "$wanted" "$place/requirements.txt"
}
need_schemathesis

run_tests() {
    # In a process group of its own, so that a signal to this script ends every test.
    set -m
    cargo test --locked "$@" </dev/null &
    tests=$!
    set +m
    code=0
    wait "$tests" || code=$?
    tests=
}

# One failure must not hide the others.
run_tests --no-fail-fast "$@"
# A run of everything also shows that the race tests find what they are there for.
if [[ $# -eq 0 && $code -eq 0 ]]; then
    run_tests --features planted-faults --test planted
fi
exit "$code"
