#!/bin/sh
# Orders jobs from the command line: one, many from a file, and those of a query.
#
#     FLOTILLA_POSTGRES_URL=... FLOTILLA_AMQP_URL=... enqueue.sh PLATFORM ACCOUNT [LANE]
set -eu
platform=$1 account=$2 lane=${3:-normal}
flotilla=${FLOTILLA:-flotilla}

# One job, straight to the broker: accepted, refused or unknown.
"$flotilla" jobs enqueue --platform "$platform" --account "$account" --lane "$lane"

# One order under a name of its own: new, and then the same.
for again in first second; do
    "$flotilla" jobs enqueue --platform "$platform" --account "$account" --lane "$lane" --key "example-$account" --ndjson
done

# Many from a file, checked as a whole before the first one is published.
{
    printf '{"account":%s,"days":7}\n' "$account"
    printf '{"account":%s,"metrics":["views"]}\n' "$account"
} | "$flotilla" jobs enqueue --platform "$platform" --lane "$lane" --file - --json

# Those of a query: its columns are named like the fields of a job.
"$flotilla" jobs enqueue --lane "$lane" --unique-for 1h --json \
    --query "select id as account, platform, 'posts' as collect from flotilla.accounts where id = $account"

# A message that breaks the contract is refused with the field's path, before anything is sent.
printf '{"account":%s,"metrics":["views","karma"]}\n' "$account" \
    | "$flotilla" jobs enqueue --platform "$platform" --file - 2>&1 || true
