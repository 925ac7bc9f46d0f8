-- tokenscope's tables, functions and roles for one team, on PostgreSQL 15 or newer.
-- Run it as a role that may create roles and schemas; run again, it brings an older version up to this one.
begin;

do $roles$
declare
  name text;
begin
  foreach name in array array['tokenscope_owner', 'tokenscope_writer', 'tokenscope_reader', 'tokenscope_people'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
  execute format('grant tokenscope_owner to %I', current_user);
  execute format('grant create on database %I to tokenscope_owner', pg_catalog.current_database());
end $roles$;
comment on role tokenscope_writer is 'may call put, days and forget, and read no table';
comment on role tokenscope_reader is 'may read what is about five people or more';
comment on role tokenscope_people is 'may read each person''s figures; give it only where that was agreed to';

set local role tokenscope_owner;
create schema if not exists tokenscope;
set local search_path = tokenscope, pg_catalog;

create table if not exists about (
  only_one boolean primary key default true check (only_one),
  version integer not null,
  salt text not null,                       -- names of projects and servers are hashed with it
  smallest_cell integer not null default 5, -- people: what is about fewer is hidden from tokenscope_reader
  kept_from date not null default '-infinity' -- what is older was pruned, and is taken no more
);
insert into about (version, salt)
  values (0, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')) on conflict do nothing;

-- Version 1. Each further one is a block of its own below this one.
do $migration$
begin
  if (select version from about) >= 1 then
    return;
  end if;

  -- What a name may be. Rows of responses are checked by is_sound: a domain would take ten times as long.
  create domain label as text check (value ~ '^[A-Za-z0-9._+-]{1,40}$');
  create domain name_of_something as text check (value ~ '^[^[:cntrl:]]{0,120}$');
  create domain word as text check (value ~ '^[a-z_]{0,60}$');
  create domain counter as integer check (value between 0 and 1000000000);
  create domain dollars as numeric(18, 12) check (value between 0 and 100000);

  -- One row a response, or a request inside one: that of the person who sent it first. Larger (output_tokens, revision)
  -- replaces; the person and the machine stay.
  create table responses (
    id uuid primary key,                    -- of (message id, part)
    session uuid not null,
    time timestamptz,                       -- null: the log has no readable time. No part of any key
    synced timestamptz not null,
    input_tokens integer not null,
    output_tokens integer not null,
    cache_read_input_tokens integer not null,
    cache_creation_input_tokens integer not null,
    ephemeral_1h_input_tokens integer not null,
    context_tokens integer not null,
    rebuilt_tokens integer not null,
    web_search_requests integer not null,
    revision integer not null,              -- date of prices and version of the counting rules
    is_part boolean not null,               -- counts as tokens, not as a response
    is_subagent boolean not null,
    output_is_floor boolean not null,       -- the log never got the final output figure
    person text not null,                   -- the role that sent it
    machine text not null,
    project text not null,
    model text not null,
    agent_type text not null,  -- '': the main thread, or not known
    cause text not null,                    -- of the rebuild; '': nothing was rebuilt
    list_price_usd numeric(18, 12)                  -- null: no price known
  );
  create index responses_person on responses (person, time);

  -- What others say of a response that somebody sent before them. Of each figure only what it has more than all before
  -- it counts, and for its own person: so nobody changes what counts for another.
  create table copies (
    id uuid not null,
    person text not null,
    seq bigint generated always as identity, -- who came first
    claim responses not null,
    primary key (id, person)
  );
  create index copies_person on copies (person);

  create table rollup (
    day date not null,                      -- in UTC; -infinity: undated
    person text not null,
    machine text not null,
    project text not null,
    model text not null,
    is_subagent boolean not null,
    responses bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cache_read_input_tokens bigint not null,
    cache_creation_input_tokens bigint not null,
    ephemeral_1h_input_tokens bigint not null,
    rebuilt_tokens bigint not null,
    web_search_requests bigint not null,
    unpriced_tokens bigint not null,
    list_price_usd numeric not null,
    primary key (day, person, machine, project, model, is_subagent)
  );
  create index rollup_person on rollup (person);

  -- What sums over people are added up from, a row a cell and person: so that how many people a cell is about is how many
  -- rows it has, and nothing is sorted. Of the kinds 'day', 'model' (by day) and 'project' (by week) from responses, 'source'
  -- and 'cause' (by week) from sessions, for whom prompt tokens stand as cache_read_input_tokens and occurrences as responses.
  create table cells (
    kind text not null,
    period date not null,                   -- a day in UTC or the Monday of its week; -infinity: undated
    name text not null,
    is_subagent boolean not null,
    person text not null,
    responses bigint not null,
    input_tokens bigint not null,
    output_tokens bigint not null,
    cache_read_input_tokens bigint not null,
    cache_creation_input_tokens bigint not null,
    ephemeral_1h_input_tokens bigint not null,
    rebuilt_tokens bigint not null,
    unpriced_tokens bigint not null,
    list_price_usd numeric not null,
    primary key (kind, period, name, is_subagent, person)
  );
  create index cells_person on cells (person);

  create table sessions (
    session uuid not null,
    person text not null,
    machine label not null,
    project name_of_something not null,
    started timestamptz,
    prompt_tokens bigint not null check (prompt_tokens >= 0), -- what its sources add up to
    floor_tokens counter,                                       -- of its main thread at its first response (est.)
    revision counter not null,
    seq bigint generated always as identity,
    primary key (session, person)
  );
  create index sessions_person on sessions (person);
  create table ledger (
    session uuid not null,
    person text not null,
    source name_of_something not null,
    tokens bigint not null check (tokens >= 0),
    list_price_usd dollars not null,
    occurrences counter not null,
    primary key (session, person, source),
    foreign key (session, person) references sessions on delete cascade
  );
  create table causes (
    session uuid not null,
    person text not null,
    cause word not null,
    count counter not null,
    tokens bigint not null check (tokens >= 0),
    primary key (session, person, cause),
    foreign key (session, person) references sessions on delete cascade
  );

  create table machines (
    person text not null,
    machine label not null,
    newest timestamptz,                     -- all before it has been sent
    revision integer not null default 0,    -- under which all of it was sent
    version label not null,
    synced timestamptz not null default now(),
    primary key (person, machine)
  );
  update about set version = 1;
end $migration$;

-- Whether a row is one of a response: counters that some response may have, and names without control characters.
create or replace function is_sound(r responses) returns boolean
  language sql immutable as $$
  select least(r.input_tokens, r.output_tokens, r.cache_read_input_tokens, r.cache_creation_input_tokens,
               r.ephemeral_1h_input_tokens, r.context_tokens, r.rebuilt_tokens, r.web_search_requests) >= 0
     and greatest(r.input_tokens, r.output_tokens, r.cache_read_input_tokens, r.cache_creation_input_tokens,
                  r.ephemeral_1h_input_tokens, r.context_tokens, r.rebuilt_tokens, r.web_search_requests) <= 1000000000
     and r.project || r.model || r.agent_type !~ '[[:cntrl:]]'
     and greatest(length(r.project), length(r.model), length(r.agent_type)) <= 120
     and r.cause ~ '^[a-z_]{0,60}$'
     and r.revision > 0
     and coalesce(r.list_price_usd, 0) between 0 and 100000
     and coalesce(r.time, '2000-01-01') between '2000-01-01' and '2200-01-01'
     and num_nulls(r.id, r.session, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
                   r.cache_creation_input_tokens, r.ephemeral_1h_input_tokens, r.context_tokens, r.rebuilt_tokens,
                   r.web_search_requests, r.is_part, r.is_subagent, r.output_is_floor) = 0
$$;

-- Whether a row replaces the one of the same person: more output, or the same under newer rules. Of rows that differ in
-- neither, the earlier one, and then any order that is the same on every path: so no order of arrival changes what stays.
create or replace function is_larger(new responses, old responses) returns boolean
  language sql immutable as $$
  select (new.output_tokens, new.revision, coalesce(old.time, 'infinity'), new.input_tokens,
          new.cache_read_input_tokens, new.cache_creation_input_tokens, new.ephemeral_1h_input_tokens,
          new.context_tokens, new.rebuilt_tokens, new.web_search_requests, coalesce(new.list_price_usd, -1),
          new.session, new.is_part, new.is_subagent, new.output_is_floor, new.project collate "C",
          new.model collate "C", new.agent_type collate "C", new.cause collate "C")
       > (old.output_tokens, old.revision, coalesce(new.time, 'infinity'), old.input_tokens,
          old.cache_read_input_tokens, old.cache_creation_input_tokens, old.ephemeral_1h_input_tokens,
          old.context_tokens, old.rebuilt_tokens, old.web_search_requests, coalesce(old.list_price_usd, -1),
          old.session, old.is_part, old.is_subagent, old.output_is_floor, old.project collate "C",
          old.model collate "C", old.agent_type collate "C", old.cause collate "C")
$$;

-- What counts, a row a response and person: each figure of a response once over all who have it.
create or replace view counted with (security_barrier) as
  select id, session, time, person, machine, project, model, agent_type, cause, is_subagent, is_part,
         (not is_part)::integer as responses,
         input_tokens::integer, output_tokens::integer, cache_read_input_tokens::integer,
         cache_creation_input_tokens::integer, ephemeral_1h_input_tokens::integer, rebuilt_tokens::integer,
         web_search_requests::integer, context_tokens::integer,
         case when list_price_usd is null then input_tokens + output_tokens + cache_read_input_tokens
           + cache_creation_input_tokens else 0 end as unpriced_tokens,
         coalesce(list_price_usd, 0)::numeric as list_price_usd, output_is_floor
    from responses
  union all
  select c.id, (c.claim).session, (c.claim).time, c.person, (c.claim).machine, (c.claim).project, (c.claim).model,
         (c.claim).agent_type, (c.claim).cause, (c.claim).is_subagent, (c.claim).is_part,
         0,
         greatest(0, (c.claim).input_tokens - before.input_tokens),
         greatest(0, (c.claim).output_tokens - before.output_tokens),
         greatest(0, (c.claim).cache_read_input_tokens - before.cache_read_input_tokens),
         greatest(0, (c.claim).cache_creation_input_tokens - before.cache_creation_input_tokens),
         greatest(0, (c.claim).ephemeral_1h_input_tokens - before.ephemeral_1h_input_tokens),
         greatest(0, (c.claim).rebuilt_tokens - before.rebuilt_tokens),
         greatest(0, (c.claim).web_search_requests - before.web_search_requests),
         (c.claim).context_tokens::integer,
         case when (c.claim).list_price_usd is null then greatest(0, (c.claim).input_tokens + (c.claim).output_tokens
           + (c.claim).cache_read_input_tokens + (c.claim).cache_creation_input_tokens - before.unpriced_tokens)
           else 0 end,
         greatest(0, coalesce((c.claim).list_price_usd, 0) - before.list_price_usd), false
    from copies c cross join lateral (
      select max(e.input_tokens) as input_tokens, max(e.output_tokens) as output_tokens,
             max(e.cache_read_input_tokens) as cache_read_input_tokens,
             max(e.cache_creation_input_tokens) as cache_creation_input_tokens,
             max(e.ephemeral_1h_input_tokens) as ephemeral_1h_input_tokens,
             max(e.rebuilt_tokens) as rebuilt_tokens, max(e.web_search_requests) as web_search_requests,
             max(case when e.list_price_usd is null then e.input_tokens + e.output_tokens + e.cache_read_input_tokens
               + e.cache_creation_input_tokens else 0 end) as unpriced_tokens,
             max(coalesce(e.list_price_usd, 0)) as list_price_usd
        from (select r.* from responses r where r.id = c.id
              union all
              select (d.claim).* from copies d where d.id = c.id and d.seq < c.seq) e
    ) before;

-- The rollup's rows that these responses make.
create or replace function sums_of(ids uuid[]) returns setof rollup
  language sql stable set search_path = tokenscope, pg_catalog, pg_temp as $$
  select coalesce((time at time zone 'UTC')::date, '-infinity'), person, machine, project, model, is_subagent,
         sum(responses), sum(input_tokens), sum(output_tokens), sum(cache_read_input_tokens),
         sum(cache_creation_input_tokens), sum(ephemeral_1h_input_tokens), sum(rebuilt_tokens),
         sum(web_search_requests), sum(unpriced_tokens), sum(list_price_usd)
    from counted where id = any (ids)
   group by 1, 2, 3, 4, 5, 6
$$;

-- Bring the rollup from what these responses came to before to what they come to now.
create or replace function move_sums(before rollup[], ids uuid[]) returns void
  language plpgsql set search_path = tokenscope, pg_catalog, pg_temp as $$
begin
  insert into rollup as r
  select day, person, machine, project, model, is_subagent,
         sum(sign * responses), sum(sign * input_tokens), sum(sign * output_tokens),
         sum(sign * cache_read_input_tokens), sum(sign * cache_creation_input_tokens),
         sum(sign * ephemeral_1h_input_tokens), sum(sign * rebuilt_tokens), sum(sign * web_search_requests),
         sum(sign * unpriced_tokens), sum(sign * list_price_usd)
    from (select -1 as sign, b.* from unnest(before) b union all select 1, a.* from sums_of(ids) a) change
   group by 1, 2, 3, 4, 5, 6
  having num_nonnulls(nullif(sum(sign * responses), 0), nullif(sum(sign * input_tokens), 0),
                      nullif(sum(sign * output_tokens), 0), nullif(sum(sign * cache_read_input_tokens), 0),
                      nullif(sum(sign * cache_creation_input_tokens), 0),
                      nullif(sum(sign * ephemeral_1h_input_tokens), 0), nullif(sum(sign * rebuilt_tokens), 0),
                      nullif(sum(sign * web_search_requests), 0), nullif(sum(sign * unpriced_tokens), 0),
                      nullif(sum(sign * list_price_usd), 0)) > 0
   order by 1, 2, 3, 4, 5, 6
  on conflict (day, person, machine, project, model, is_subagent) do update set
    responses = r.responses + excluded.responses,
    input_tokens = r.input_tokens + excluded.input_tokens,
    output_tokens = r.output_tokens + excluded.output_tokens,
    cache_read_input_tokens = r.cache_read_input_tokens + excluded.cache_read_input_tokens,
    cache_creation_input_tokens = r.cache_creation_input_tokens + excluded.cache_creation_input_tokens,
    ephemeral_1h_input_tokens = r.ephemeral_1h_input_tokens + excluded.ephemeral_1h_input_tokens,
    rebuilt_tokens = r.rebuilt_tokens + excluded.rebuilt_tokens,
    web_search_requests = r.web_search_requests + excluded.web_search_requests,
    unpriced_tokens = r.unpriced_tokens + excluded.unpriced_tokens,
    list_price_usd = r.list_price_usd + excluded.list_price_usd;
  delete from rollup r using unnest(before) b
   where (r.day, r.person, r.machine, r.project, r.model, r.is_subagent)
       = (b.day, b.person, b.machine, b.project, b.model, b.is_subagent)
     and r.list_price_usd = 0
     and greatest(r.responses, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
                  r.cache_creation_input_tokens, r.ephemeral_1h_input_tokens, r.rebuilt_tokens,
                  r.web_search_requests, r.unpriced_tokens) = 0;
  perform move_cells(cells_of(before), cells_of(array(select a from sums_of(ids) a)));
end $$;

create or replace function monday(day date) returns date
  language sql immutable as $$ select case when isfinite(day) then date_trunc('week', day::timestamp)::date else day end $$;

-- The cells that rows of the rollup make.
create or replace function cells_of(given rollup[]) returns cells[]
  language sql stable set search_path = tokenscope, pg_catalog, pg_temp as $$
  select array(
    select row(case when grouping(project) = 0 then 'project' when grouping(model) = 0 then 'model' else 'day' end,
               coalesce(day, week), coalesce(model, project, ''), coalesce(is_subagent, false), person, sum(responses),
               sum(input_tokens), sum(output_tokens), sum(cache_read_input_tokens), sum(cache_creation_input_tokens),
               sum(ephemeral_1h_input_tokens), sum(rebuilt_tokens), sum(unpriced_tokens), sum(list_price_usd))::cells
      from (select *, monday(day) as week from unnest(given)) g
     group by grouping sets ((day, person), (day, model, is_subagent, person), (week, project, person)))
$$;

-- Bring the cells from what they were to what they are.
create or replace function move_cells(before cells[], after cells[]) returns void
  language plpgsql set search_path = tokenscope, pg_catalog, pg_temp as $$
begin
  insert into cells as c
  select kind, period, name, is_subagent, person, sum(sign * responses), sum(sign * input_tokens),
         sum(sign * output_tokens), sum(sign * cache_read_input_tokens), sum(sign * cache_creation_input_tokens),
         sum(sign * ephemeral_1h_input_tokens), sum(sign * rebuilt_tokens), sum(sign * unpriced_tokens),
         sum(sign * list_price_usd)
    from (select -1 as sign, b.* from unnest(before) b union all select 1, a.* from unnest(after) a) change
   group by 1, 2, 3, 4, 5
   order by 1, 2, 3, 4, 5
  on conflict (kind, period, name, is_subagent, person) do update set
    responses = c.responses + excluded.responses,
    input_tokens = c.input_tokens + excluded.input_tokens,
    output_tokens = c.output_tokens + excluded.output_tokens,
    cache_read_input_tokens = c.cache_read_input_tokens + excluded.cache_read_input_tokens,
    cache_creation_input_tokens = c.cache_creation_input_tokens + excluded.cache_creation_input_tokens,
    ephemeral_1h_input_tokens = c.ephemeral_1h_input_tokens + excluded.ephemeral_1h_input_tokens,
    rebuilt_tokens = c.rebuilt_tokens + excluded.rebuilt_tokens,
    unpriced_tokens = c.unpriced_tokens + excluded.unpriced_tokens,
    list_price_usd = c.list_price_usd + excluded.list_price_usd;
  delete from cells c using (select kind, period, name, is_subagent, person from unnest(before || after)) t
   where (c.kind, c.period, c.name, c.is_subagent, c.person) = (t.kind, t.period, t.name, t.is_subagent, t.person)
     and c.list_price_usd = 0
     and greatest(c.responses, c.input_tokens, c.output_tokens, c.cache_read_input_tokens,
                  c.cache_creation_input_tokens, c.ephemeral_1h_input_tokens, c.rebuilt_tokens, c.unpriced_tokens) = 0;
end $$;

-- Add rows of the role that calls it: {machine, version, responses, sessions} and, with the last of them, {newest,
-- revision}: that all up to there was sent under that revision. Whole or not at all; repeated, it changes nothing.
create or replace function put(batch jsonb) returns jsonb
  language plpgsql security definer set search_path = tokenscope, pg_catalog, pg_temp
  set plan_cache_mode = force_custom_plan as $$ -- a plan for ten rows compares each of 5,000 with each
declare
  me text := session_user;
  here label := batch ->> 'machine';
  given responses[];
  fresh uuid[];
  changing uuid[];
  before rollup[];
  kept date := (select kept_from from about);
  number bigint;
begin
  if jsonb_array_length(coalesce(batch -> 'responses', '[]')) > 10000
     or jsonb_array_length(coalesce(batch -> 'sessions', '[]')) > 10000 then
    raise 'a batch has at most 10,000 rows' using errcode = 'program_limit_exceeded';
  end if;
  given := array(
    select row(g.id, g.session, g.time, now(), g.input_tokens, g.output_tokens, g.cache_read_input_tokens,
               g.cache_creation_input_tokens, g.ephemeral_1h_input_tokens, g.context_tokens, g.rebuilt_tokens,
               g.web_search_requests, g.revision, g.is_part, g.is_subagent, g.output_is_floor, me, here, g.project,
               g.model, g.agent_type, g.cause, g.list_price_usd)::responses
      from jsonb_to_recordset(coalesce(batch -> 'responses', '[]')) g (
        id uuid, session uuid, time timestamptz, input_tokens integer, output_tokens integer,
        cache_read_input_tokens integer, cache_creation_input_tokens integer, ephemeral_1h_input_tokens integer,
        context_tokens integer, rebuilt_tokens integer, web_search_requests integer, revision integer,
        is_part boolean, is_subagent boolean, output_is_floor boolean, project text, model text, agent_type text,
        cause text, list_price_usd numeric(18, 12))
     where g.time is null or g.time >= kept
     order by g.id);
  if exists (select from unnest(given) g where is_sound(g) is not true) then
    raise 'a row is no response''s' using errcode = 'check_violation';
  end if;
  number := (select count(distinct g.id) from unnest(given) g);
  if number <> coalesce(array_length(given, 1), 0) then
    raise 'a batch names a row once' using errcode = 'cardinality_violation';
  end if;

  insert into machines as m (person, machine, version) values (me, here, batch ->> 'version')
    on conflict (person, machine) do update set version = excluded.version, synced = now();

  with added as (
    insert into responses select g.* from unnest(given) g on conflict (id) do nothing returning id
  ) select coalesce(array_agg(id), '{}') into fresh from added;

  -- Of what was there already, what these rows would change: locked in one order, so that nobody waits in a ring.
  select coalesce(array_agg(g.id order by g.id), '{}') into changing
    from unnest(given) g join responses r on r.id = g.id left join copies c on c.id = g.id and c.person = me
   where case when r.person = me then is_larger(g, r) else c.id is null or is_larger(g, c.claim) end;
  perform from responses r where r.id = any (changing) order by r.id for update;
  before := array(select s from sums_of(changing) s);
  update responses r
     set (session, time, synced, input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens,
          ephemeral_1h_input_tokens, context_tokens, rebuilt_tokens, web_search_requests, revision, is_part,
          is_subagent, output_is_floor, project, model, agent_type, cause, list_price_usd)
       = (g.session, g.time, g.synced, g.input_tokens, g.output_tokens, g.cache_read_input_tokens,
          g.cache_creation_input_tokens, g.ephemeral_1h_input_tokens, g.context_tokens, g.rebuilt_tokens,
          g.web_search_requests, g.revision, g.is_part, g.is_subagent, g.output_is_floor, g.project, g.model,
          g.agent_type, g.cause, g.list_price_usd)
    from unnest(given) g join unnest(changing) k (id) on k.id = g.id -- joined: any() would compare each with each
   where r.id = g.id and r.person = me and is_larger(g, r);
  insert into copies as c (id, person, claim)
  select g.id, me, g
    from unnest(given) g join unnest(changing) k (id) on k.id = g.id join responses r on r.id = g.id
   where r.person <> me
   order by g.id
  on conflict (id, person) do update set claim = excluded.claim where is_larger(excluded.claim, c.claim);
  perform move_sums(before, fresh || changing);

  perform put_sessions(me, here, coalesce(batch -> 'sessions', '[]'));
  if batch ? 'revision' then
    update machines m set newest = greatest(m.newest, (batch ->> 'newest')::timestamptz),
                          revision = greatest(m.revision, (batch ->> 'revision')::integer)
     where m.person = me and m.machine = here;
  end if;
  return jsonb_build_object('new', coalesce(array_length(fresh, 1), 0),
                            'changed', coalesce(array_length(changing, 1), 0), 'given', number);
end $$;

-- The sessions of a batch with their ledger and causes: a session with more prompt tokens, or as many under newer rules,
-- replaces the one of the same person.
create or replace function put_sessions(me text, here label, given jsonb) returns void
  language plpgsql set search_path = tokenscope, pg_catalog, pg_temp as $$
declare
  ids uuid[];
  changed uuid[];
  before cells[];
begin
  if jsonb_array_length(given) = 0 then
    return;
  end if;
  select coalesce(array_agg(g.session order by g.session), '{}') into ids from jsonb_populate_recordset(null::sessions, given) g;
  -- Who is the first of two with the same new session: one of a few doors is passed by one at a time.
  perform pg_advisory_xact_lock(hashtext('tokenscope sessions'), door)
     from (select distinct hashtext(id::text) & 63 as door from unnest(ids) id order by 1) doors;
  before := cells_of_sessions(ids);
  with put as (
    insert into sessions as s (session, person, machine, project, started, prompt_tokens, floor_tokens, revision)
    select g.session, me, here, g.project, g.started, g.prompt_tokens, g.floor_tokens, g.revision
      from jsonb_populate_recordset(null::sessions, given) g
     where g.started is null or g.started >= (select kept_from from about)
     order by g.session
    on conflict (session, person) do update
       set project = excluded.project, started = excluded.started, prompt_tokens = excluded.prompt_tokens,
           floor_tokens = excluded.floor_tokens, revision = excluded.revision
     where (excluded.prompt_tokens, excluded.revision) > (s.prompt_tokens, s.revision)
    returning s.session
  ) select coalesce(array_agg(session), '{}') into changed from put;
  delete from ledger l where l.person = me and l.session = any (changed);
  delete from causes c where c.person = me and c.session = any (changed);
  insert into ledger
  select (g ->> 'session')::uuid, me, l.source, l.tokens, l.list_price_usd, l.occurrences
    from jsonb_array_elements(given) g,
         jsonb_populate_recordset(null::ledger, coalesce(g -> 'ledger', '[]')) l
   where (g ->> 'session')::uuid = any (changed);
  insert into causes
  select (g ->> 'session')::uuid, me, c.cause, c.count, c.tokens
    from jsonb_array_elements(given) g,
         jsonb_populate_recordset(null::causes, coalesce(g -> 'causes', '[]')) c
   where (g ->> 'session')::uuid = any (changed);
  perform move_cells(before, cells_of_sessions(ids));
end $$;

-- What the server has of the role that calls it: {version, salt, person, newest, revision, days}. With {ids}, also where
-- each of these is: h from this machine, o from another one of the same person, c another person's, - not there.
create or replace function days(asked jsonb) returns jsonb
  language sql stable security definer set search_path = tokenscope, pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'version', (select version from about), 'salt', (select salt from about), 'person', session_user,
    'newest', (select newest from machines m where m.person = session_user and m.machine = asked ->> 'machine'),
    'revision', (select revision from machines m where m.person = session_user and m.machine = asked ->> 'machine'),
    'days', case when asked ? 'ids' then null else (
      select coalesce(jsonb_agg(d order by d.day, d.machine), '[]') from (
        select nullif(day, '-infinity') as day, machine, sum(responses) as responses,
               sum(input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens) as tokens
          from rollup where person = session_user group by day, machine) d) end,
    'known', (
      select string_agg(case when r.id is null then '-' when r.person <> session_user then 'c'
                             when r.machine = asked ->> 'machine' then 'h' else 'o' end, '' order by i.place)
        from jsonb_array_elements_text(asked -> 'ids') with ordinality i (id, place)
        left join responses r on r.id = i.id::uuid))
$$;

-- Take back everything of the role that calls it. What others have a copy of counts for the first of them.
create or replace function forget() returns jsonb
  language plpgsql security definer set search_path = tokenscope, pg_catalog, pg_temp as $$
declare
  me text := session_user;
  shared uuid[];
  before rollup[];
  own uuid[] := array(select session from sessions where person = me order by session);
  before_own cells[];
  number bigint;
begin
  perform pg_advisory_xact_lock(hashtext('tokenscope sessions'), door)
     from (select distinct hashtext(id::text) & 63 as door from unnest(own) id order by 1) doors;
  before_own := cells_of_sessions(own);
  select coalesce(array_agg(r.id order by r.id), '{}') into shared
    from responses r where r.id in (
      select c.id from copies c where c.person = me
      union all select c.id from copies c join responses o on o.id = c.id where o.person = me);
  perform from responses r where r.id = any (shared) order by r.id for update;
  before := array(select s from sums_of(shared) s);
  delete from copies where person = me;
  delete from responses where person = me;
  get diagnostics number = row_count;
  with first as (
    select distinct on (id) id, person, claim from copies where id = any (shared) order by id, seq
  ), heirs as (
    insert into responses select (f.claim).* from first f on conflict (id) do nothing returning id, person
  ) delete from copies c using heirs h where c.id = h.id and c.person = h.person;
  perform move_sums(before, shared);
  delete from rollup where person = me;
  delete from sessions where person = me;
  perform move_cells(before_own, cells_of_sessions(own));
  delete from cells where person = me;
  delete from machines where person = me;
  return jsonb_build_object('forgotten', number);
end $$;

-- For the admin: delete what is older than a day. The rollup stays, and so old rows are taken no more.
create or replace function prune(older_than date) returns bigint
  language plpgsql set search_path = tokenscope, pg_catalog, pg_temp as $$
declare
  number bigint;
begin
  update about set kept_from = greatest(kept_from, older_than);
  delete from copies where (claim).time < older_than;
  delete from responses r where r.time < older_than and not exists (select from copies c where c.id = r.id);
  get diagnostics number = row_count;
  delete from sessions where started < older_than;
  return number;
end $$;

-- For tokenscope_people: each person's figures.
create or replace view person_days with (security_barrier) as
  select nullif(day, '-infinity') as day, person, machine, project, model, is_subagent, responses, input_tokens,
         output_tokens, cache_read_input_tokens, cache_creation_input_tokens, ephemeral_1h_input_tokens,
         rebuilt_tokens, web_search_requests, unpriced_tokens, list_price_usd
    from rollup;
-- The same without machines, projects and models: a row a day and person.
create or replace view person_totals with (security_barrier) as
  select nullif(period, '-infinity') as day, person, responses, input_tokens, output_tokens, cache_read_input_tokens,
         cache_creation_input_tokens, ephemeral_1h_input_tokens, rebuilt_tokens, unpriced_tokens, list_price_usd
    from cells where kind = 'day';
create or replace view person_responses with (security_barrier) as select * from counted;
-- Of a session that several people have, that of the first.
create or replace view person_sessions with (security_barrier) as
  select session, person, machine, project, started, prompt_tokens, floor_tokens from sessions s
   where not exists (select from sessions e where e.session = s.session and e.seq < s.seq);
create or replace view person_ledger with (security_barrier) as
  select s.*, l.source, l.tokens, l.list_price_usd, l.occurrences
    from person_sessions s join ledger l using (session, person);
create or replace view person_causes with (security_barrier) as
  select s.*, c.cause, c.count, c.tokens from person_sessions s join causes c using (session, person);

-- The cells that sessions make, those of the first person who has each.
create or replace function cells_of_sessions(ids uuid[]) returns cells[]
  language sql stable set search_path = tokenscope, pg_catalog, pg_temp as $$
  select array(
    select row(kind, week, name, false, person, sum(times), 0, 0, sum(tokens), 0, 0, 0, 0, sum(list_price_usd))::cells
      from (select kind, coalesce(monday((started at time zone 'UTC')::date), '-infinity') as week, name, person, times,
                   tokens, list_price_usd
              from (select 'source' as kind, started, source as name, person, occurrences as times, tokens, list_price_usd
                      from person_ledger where session = any (ids)
                    union all
                    select 'cause', started, cause, person, count, tokens, 0
                      from person_causes where session = any (ids)) s) t
     group by kind, week, name, person)
$$;

-- For tokenscope_reader: sums over people; what is about fewer than the smallest cell is not there.
create or replace view team_rules as select version, smallest_cell from about;
create or replace view team_days with (security_barrier) as
  select nullif(period, '-infinity') as day, count(*) as people, sum(responses) as responses,
         sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
         sum(cache_read_input_tokens) as cache_read_input_tokens,
         sum(cache_creation_input_tokens) as cache_creation_input_tokens,
         sum(rebuilt_tokens) as rebuilt_tokens, sum(unpriced_tokens) as unpriced_tokens,
         sum(list_price_usd) as list_price_usd,
         sum(ephemeral_1h_input_tokens) as ephemeral_1h_input_tokens,
         sum(cache_creation_input_tokens - ephemeral_1h_input_tokens) as ephemeral_5m_input_tokens,
         sum(input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens) as total_tokens
    from cells where kind = 'day' group by cells.period
  having count(*) >= (select smallest_cell from about);
create or replace view team_models with (security_barrier) as
  select nullif(period, '-infinity') as day, name as model, is_subagent, count(*) as people, sum(responses) as responses,
         sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
         sum(cache_read_input_tokens) as cache_read_input_tokens,
         sum(cache_creation_input_tokens) as cache_creation_input_tokens,
         sum(rebuilt_tokens) as rebuilt_tokens, sum(unpriced_tokens) as unpriced_tokens,
         sum(list_price_usd) as list_price_usd,
         sum(ephemeral_1h_input_tokens) as ephemeral_1h_input_tokens,
         sum(cache_creation_input_tokens - ephemeral_1h_input_tokens) as ephemeral_5m_input_tokens,
         sum(input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens) as total_tokens
    from cells where kind = 'model' group by cells.period, name, is_subagent
  having count(*) >= (select smallest_cell from about);
create or replace view team_projects with (security_barrier) as
  select nullif(period, '-infinity') as week, name as project, count(*) as people, sum(responses) as responses,
         sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
         sum(cache_read_input_tokens) as cache_read_input_tokens,
         sum(cache_creation_input_tokens) as cache_creation_input_tokens,
         sum(rebuilt_tokens) as rebuilt_tokens, sum(unpriced_tokens) as unpriced_tokens,
         sum(list_price_usd) as list_price_usd,
         sum(ephemeral_1h_input_tokens) as ephemeral_1h_input_tokens,
         sum(cache_creation_input_tokens - ephemeral_1h_input_tokens) as ephemeral_5m_input_tokens,
         sum(input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens) as total_tokens
    from cells where kind = 'project' group by cells.period, name
  having count(*) >= (select smallest_cell from about);
create or replace view team_sources with (security_barrier) as
  select nullif(period, '-infinity') as week, name as source, count(*) as people, sum(cache_read_input_tokens) as tokens,
         sum(list_price_usd) as list_price_usd, sum(responses)::bigint as occurrences
    from cells where kind = 'source' group by cells.period, name
  having count(*) >= (select smallest_cell from about);
create or replace view team_causes with (security_barrier) as
  select nullif(period, '-infinity') as week, name as cause, count(*) as people, sum(responses)::bigint as count,
         sum(cache_read_input_tokens) as tokens
    from cells where kind = 'cause' group by cells.period, name
  having count(*) >= (select smallest_cell from about);
create or replace view team_floors with (security_barrier) as
  select date_trunc('week', started at time zone 'UTC')::date as week, count(distinct person) as people,
         count(*) as sessions, percentile_disc(0.5) within group (order by floor_tokens) as median_floor_tokens
    from person_sessions where floor_tokens is not null group by 1
  having count(distinct person) >= (select smallest_cell from about);

revoke all on schema tokenscope from public;
revoke all on all tables in schema tokenscope from public;
revoke all on all functions in schema tokenscope from public;
grant usage on schema tokenscope to tokenscope_writer, tokenscope_reader, tokenscope_people;
grant execute on function put(jsonb), days(jsonb), forget() to tokenscope_writer;
grant select on team_rules, team_days, team_models, team_projects, team_sources, team_causes, team_floors
  to tokenscope_reader, tokenscope_people;
grant select on person_days, person_totals, person_responses, person_sessions, person_ledger, person_causes to tokenscope_people;
commit;
