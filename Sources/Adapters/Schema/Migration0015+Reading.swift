/// Reading members of JSON documents that others wrote; what is wrong is refused with its path.
extension Migration0015 {
    static let reading = #"""
        create function flotilla.refuse(path text, said text, code text default 'check_violation', advice text default null)
            returns void
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin
            raise exception using message = 'flotilla: ' || path || ': ' || said, detail = path, errcode = code,
                hint = coalesce(advice, 'see docs/enqueue.md');
        end $$;

        -- Each gives null for a member that is not there.
        create function flotilla.json_number(document jsonb, name text, low numeric, high numeric, place text default '')
            returns bigint
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            given numeric;
        begin
            if document -> name is null then return null; end if;
            if jsonb_typeof(document -> name) = 'number' then given := (document ->> name)::numeric; end if;
            if given is null or given % 1 <> 0 or given not between low and high then
                perform flotilla.refuse(place || '/' || name, format('%s must be a whole number between %s and %s', name, low, high));
            end if;
            return given::bigint;
        end $$;

        create function flotilla.json_text(document jsonb, name text, shortest integer, longest integer, place text default '')
            returns text
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin
            if document -> name is null then return null; end if;
            if jsonb_typeof(document -> name) <> 'string' then
                perform flotilla.refuse(place || '/' || name, format('must be a string, not %s', jsonb_typeof(document -> name)));
            end if;
            if octet_length(document ->> name) not between shortest and longest then
                perform flotilla.refuse(place || '/' || name, format('must have %s to %s bytes', shortest, longest));
            end if;
            return document ->> name;
        end $$;

        create function flotilla.json_word(document jsonb, name text, noun text, known text[], place text default '')
            returns text
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            given constant text := flotilla.json_text(document, name, 0, 1000000, place);
        begin
            if given <> all (known) then
                perform flotilla.refuse(place || '/' || name, format('unknown %s %s', noun, left(given, 40)),
                    advice => 'known: ' || array_to_string(known, ', '));
            end if;
            return given;
        end $$;

        create function flotilla.json_day(document jsonb, name text) returns date
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            given constant text := flotilla.json_text(document, name, 0, 1000000);
        begin
            if given is null then return null; end if;
            begin
                if given ~ '^\d{4}-\d{2}-\d{2}$' then return given::date; end if;
            exception when datetime_field_overflow or invalid_datetime_format then
                null;
            end;
            perform flotilla.refuse('/' || name, 'must be a day such as 2026-11-19');
            return null;
        end $$;

        create function flotilla.json_time(document jsonb, name text, place text default '') returns timestamptz
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            given constant text := flotilla.json_text(document, name, 0, 1000000, place);
        begin
            if given is null then return null; end if;
            begin
                if given ~* '^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}:\d{2}(\.\d+)?(z|[+-]\d{2}:\d{2})$' then
                    return given::timestamptz;
                end if;
            exception when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
                null;
            end;
            perform flotilla.refuse(place || '/' || name, 'must be a time such as 2026-11-21T09:00:00Z');
            return null;
        end $$;

        create function flotilla.json_id(document jsonb, name text) returns uuid
            language plpgsql set search_path = pg_catalog, pg_temp as $$
        declare
            given constant text := flotilla.json_text(document, name, 0, 1000000);
        begin
            if given is null then return null; end if;
            if given !~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' then
                perform flotilla.refuse('/' || name, 'is not a UUID of version 7',
                    advice => 'leave it out, or take flotilla.uuid_v7()');
            end if;
            return given::uuid;
        end $$;
        """#
}
