-- Orders jobs and registers a post in one transaction of the caller's own.
--
--     psql "$FLOTILLA_POSTGRES_URL" -v account=12 -v platform=instagram -v key=post-77 -f enqueue.sql
\set ON_ERROR_STOP on
begin;

-- The post that was just published, under the publisher's own name for it, and its figures now.
select verdict as post_verdict, post_id, job
from flotilla.register_post(jsonb_build_object('account', :account, 'external_id', :'key' || '-at-the-platform',
    'reference', :'key', 'url', 'https://example.org/' || :'key', 'published_at', now()));

-- The account's day, once however often this runs.
select verdict, id
from flotilla.submit(jsonb_build_object('platform', :'platform', 'account', :account, 'idempotency_key', :'key'));

-- One argument per field, for many at once.
select count(flotilla.enqueue(a.platform, a.id, lane => 'bulk', reason => 'backfill', date => current_date - d))
from flotilla.accounts a cross join generate_series(2, 4) d
where a.id = :account;

commit;
