#!/bin/sh
# The database of compose.yaml: one Postgres 15 with a database and its owner, both named flotilla. The password comes from
# the environment and counts when the data are new.
set -eu
binaries=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data/15
if [ ! -s "$data/PG_VERSION" ]; then
    : "${DATABASE_PASSWORD:?set DATABASE_PASSWORD}"
    umask 077
    printf '%s' "$DATABASE_PASSWORD" >/tmp/password
    rm -rf "$data.new"
    "$binaries/initdb" -D "$data.new" -U flotilla --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 >/dev/null
    rm /tmp/password
    printf 'host all all samenet scram-sha-256\n' >>"$data.new/pg_hba.conf"
    printf 'create database flotilla;\n' | "$binaries/postgres" --single -D "$data.new" postgres >/dev/null
    mv "$data.new" "$data"
fi
exec "$binaries/postgres" -D "$data" -c "listen_addresses=*" -c unix_socket_directories=/tmp \
    -c max_connections="${DATABASE_CONNECTIONS:-200}" -c shared_buffers="${DATABASE_BUFFERS:-128MB}"
