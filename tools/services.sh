# The private PostgreSQL and Redis of a checkout; sourced by ./dev, which sets $state (the .dev directory).
#
# Everything lives in $state, or, when that is no place for it (PostgreSQL as root must run as the user postgres, who
# cannot enter /root; the path of a unix socket has at most 107 bytes), in a directory whose name $state records.
# Both listen on unix sockets only, in a directory that is closed to other users: that is the access control.
# SPDX-License-Identifier: ISC
# shellcheck shell=bash
: "${state:?}"

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# is_process PID TEXT: the process lives and TEXT is part of its command line, so that a number that was given to
# somebody else meanwhile is not taken for ours.
is_process() {
    [ -n "$1" ] && { tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$2"; } 2>/dev/null
}

# stop_process PID TEXT SIGNAL SECONDS: asks it to end, and makes it end when the time is over.
stop_process() {
    local pid=$1 text=$2 signal=$3 tries=$(($4 * 20))
    is_process "$pid" "$text" || return 0
    kill -"$signal" "$pid" 2>/dev/null || return 0
    while is_process "$pid" "$text" && [ $((tries--)) -gt 0 ]; do sleep 0.05; done
    is_process "$pid" "$text" && kill -KILL "$pid"
    return 0
}

port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# recorded NAME: the content of $state/NAME, empty when there is none.
recorded() {
    cat "$state/$1" 2>/dev/null || true
}

# Sets pg_as (how to become the user that PostgreSQL runs as), pg_home and pg_socket_dir.
place_postgres() {
    pg_as=()
    [ "$(id -u)" != 0 ] || pg_as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
    mkdir -p "$state"
    pg_home=$(recorded pg-home)
    if [ -z "$pg_home" ] || [ ! -d "$pg_home" ]; then
        pg_home=$state/pg
        make_pg_directory "$pg_home"
        if ! "${pg_as[@]}" test -w "$pg_home" 2>/dev/null; then
            rmdir "$pg_home"
            pg_home=$(mktemp -d /var/tmp/bobbin-XXXXXX)
            chmod 711 "$pg_home"
            pg_home=$pg_home/pg
            make_pg_directory "$pg_home"
        fi
        echo "$pg_home" >"$state/pg-home"
    fi
    pg_data=$pg_home/data
    pg_socket_dir=$pg_home/socket
    # ".s.PGSQL.5432.lock" follows; and a quote or blank in a path is asking for trouble in a connection string.
    if [ ${#pg_socket_dir} -gt 88 ] || [[ $pg_socket_dir =~ [^A-Za-z0-9/._-] ]]; then
        pg_socket_dir=$(recorded pg-socket-dir)
        if [ -z "$pg_socket_dir" ] || [ ! -O "$(dirname "$pg_socket_dir")" ]; then
            pg_socket_dir=$(mktemp -d /tmp/bobbin-XXXXXX)
            chmod 711 "$pg_socket_dir"
            pg_socket_dir=$pg_socket_dir/socket
            echo "$pg_socket_dir" >"$state/pg-socket-dir"
        fi
    fi
    make_pg_directory "$pg_socket_dir"
}

make_pg_directory() {
    mkdir -p "$1"
    chmod 700 "$1"
    [ "$(id -u)" != 0 ] || chown postgres: "$1"
}

pg_bindir() {
    local version bin
    if [ -f "$pg_data/PG_VERSION" ]; then
        version=$(cat "$pg_data/PG_VERSION")
        bin=/usr/lib/postgresql/$version/bin
        [ -x "$bin/postgres" ] || die "The data in $pg_data needs PostgreSQL $version, which is not installed." \
            "./dev run --fresh starts over."
    else
        bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 | sort -V | tail -n 1)
    fi
    echo "$bin"
}

start_postgres() {
    place_postgres
    pg_bin=$(pg_bindir)
    if [ ! -s "$pg_data/PG_VERSION" ]; then
        rm -rf "$pg_data"
        make_pg_directory "$pg_data"
        (cd / && "${pg_as[@]}" "$pg_bin/initdb" -D "$pg_data" -U postgres -E UTF8 --locale=C.UTF-8 \
            --auth-local=trust --auth-host=reject >"$state/initdb.log" 2>&1) ||
            die "initdb failed: $(tail -n 5 "$state/initdb.log")"
    fi
    stop_postgres
    rm -f "$pg_data/postmaster.pid"
    # Without the lock (8), which must end with ./dev itself; in a session of its own, so that Ctrl-C reaches ./dev alone,
    # which stops things in order. The last settings are for loading demo data: no standby will ever need its WAL.
    (cd / && exec setsid "${pg_as[@]}" "$pg_bin/postgres" -D "$pg_data" -c listen_addresses= \
        -c unix_socket_directories="$pg_socket_dir" -c shared_buffers=256MB -c max_connections=50 \
        -c max_wal_size=4GB -c maintenance_work_mem=256MB -c wal_level=minimal -c max_wal_senders=0 \
        -c cluster_name=bobbin-dev) >>"$state/postgres.log" 2>&1 </dev/null 8>&- &
    pg_pid=$!
    local tries=600
    until pg_query postgres 'select 1' >/dev/null 2>&1; do
        kill -0 "$pg_pid" 2>/dev/null && [ $((tries--)) -gt 0 ] ||
            die "PostgreSQL did not start: $(tail -n 5 "$state/postgres.log")"
        sleep 0.1
    done
}

# Ends the server that has our data, whoever started it. SIGINT is PostgreSQL's fast shutdown.
stop_postgres() {
    local pid
    pid=$(head -n 1 "$pg_data/postmaster.pid" 2>/dev/null || true)
    stop_process "$pid" "$pg_data" INT 30
}

# pg_query DATABASE SQL: as the superuser.
pg_query() {
    "$pg_bin/psql" -XqAt -v ON_ERROR_STOP=1 -h "$pg_socket_dir" -p 5432 -U postgres -d "$1" -c "$2"
}

# pg_uri USER: the connection string of the database `erp`.
pg_uri() {
    echo "host=$pg_socket_dir port=5432 dbname=erp user=$1"
}

# --fresh drops the database; the cluster stays.
prepare_database() {
    local fresh=$1
    [ "$fresh" = no ] || pg_query postgres 'drop database if exists erp with (force)'
    [ -n "$(pg_query postgres "select 1 from pg_roles where rolname = 'bobbin_owner'")" ] ||
        pg_query postgres 'create role bobbin_owner login createrole'
    [ -n "$(pg_query postgres "select 1 from pg_database where datname = 'erp'")" ] ||
        pg_query postgres 'create database erp owner bobbin_owner'
}

# Behind place_postgres: the socket is in the same directory.
start_redis() {
    redis_socket=$pg_socket_dir/redis.sock
    mkdir -p "$state/redis"
    stop_redis
    rm -f "$redis_socket"
    (cd "$state/redis" && exec setsid redis-server --port 0 --unixsocket "$redis_socket" --unixsocketperm 700 \
        --dir "$state/redis" --save 300 1 --appendonly no) >>"$state/redis.log" 2>&1 </dev/null 8>&- &
    redis_pid=$!
    echo "$redis_pid" >"$state/redis.pid"
    local tries=100
    until [ "$(redis-cli -s "$redis_socket" ping 2>/dev/null)" = PONG ]; do
        kill -0 "$redis_pid" 2>/dev/null && [ $((tries--)) -gt 0 ] ||
            die "Redis did not start: $(tail -n 5 "$state/redis.log")"
        sleep 0.1
    done
}

stop_redis() {
    stop_process "$(recorded redis.pid)" redis-server TERM 10
    rm -f "$state/redis.pid"
}
