"""Embedding through the whole program, row by row of the dialect (1.4). SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create schema hidden;
create table api.directors (id int primary key, name text not null);
create table api.films (id int primary key, title text not null, director_id int references api.directors,
  sequel_of int references api.films);
create table api.specs (film_id int primary key references api.films, camera text);
create table api.awards (id int primary key, film_id int unique references api.films, name text);
create table api.actors (id int primary key, name text);
create table api.roles (film_id int references api.films, actor_id int references api.actors, part text,
  primary key (film_id, actor_id));
create table api.loose (id int primary key, film_id int references api.films, actor_id int references api.actors);
create table hidden.likes (film_id int references api.films, actor_id int references api.actors,
  primary key (film_id, actor_id));
create table api.places (id int primary key, name text);
create table api.trips (id int primary key, from_id int constraint departure references api.places,
  to_id int constraint arrival references api.places);
create table api.cities (id int primary key, seat int);
create table api.offices (id int primary key, city int constraint offices_city_fkey references api.cities);
alter table api.cities add constraint cities_seat_fkey foreign key (seat) references api.offices;
create table api.a_visits (city int references api.cities, office int references api.offices, primary key (city, office));
create table api.pairs (a int, b int, note text, primary key (a, b));
create table api.of_pairs (id int primary key, a int, b int, foreign key (a, b) references api.pairs);
create table hidden.base (id int primary key, director_id int references api.directors, extra text);

create view api.film_view as select id, title, director_id from api.films;
create view api.film_chain as select id as film, title, director_id as by from api.film_view where id > 0;
create view api.director_view as select * from api.directors;
create view api.film_without_key as select title, director_id from api.films;
create view api.union_view as select id, director_id from api.films union all select id, director_id from api.films;
create view api.base_view as select id, director_id from hidden.base;
create table hidden.knows (director_id int references api.directors, actor_id int references api.actors,
  since int, primary key (director_id, actor_id));
create view api.knows_view as select director_id, actor_id from hidden.knows;
create view api.films_joined as select f.id, f.director_id, d.name from api.films f join api.directors d on d.id = f.director_id;
create view api.cte_view as with x as (select id, director_id from api.films) select id, director_id from x;
create materialized view api.film_mat as select id, title, director_id from api.films;

create function api.director_of(api.films) returns setof api.directors rows 1 stable language sql
  as $$ select * from api.directors where id = $1.director_id $$;
create function api.one_director(api.films) returns api.directors stable language sql
  as $$ select * from api.directors where id = $1.director_id $$;
create function api.short_films(api.directors) returns setof api.films stable language sql
  as $$ select * from api.films where director_id = $1.id and length(title) < 3 $$;
create function api.specs(api.directors) returns setof api.films stable language sql
  as $$ select * from api.films where director_id = $1.id $$;
create function api.awards(api.films) returns setof api.awards stable language sql
  as $$ select id, film_id, 'computed ' || name from api.awards where film_id = $1.id $$;
create function api.films_by(who int) returns setof api.films stable language sql
  as $$ select * from api.films where director_id = who $$;

insert into api.directors values (1, 'Ana'), (2, 'Bo'), (3, 'Cy');
insert into api.films values (1, 'A1', 1, null), (2, 'A22', 1, 1), (3, 'B1', 2, null), (4, 'X', null, 2);
insert into api.specs values (1, 'cam');
insert into api.awards values (1, 1, 'bear'), (2, 3, 'palm');
insert into api.actors values (1, 'Jo'), (2, 'Mia');
insert into api.roles values (1, 1, 'hero'), (1, 2, 'foe'), (3, 2, 'foe');
insert into api.loose values (1, 1, 1), (2, 1, 1);
insert into hidden.likes values (1, 1);
insert into hidden.knows values (1, 2, 1999);
insert into api.places values (1, 'W'), (2, 'B');
insert into api.trips values (1, 1, 2);
insert into api.pairs values (1, 1, 'x');
insert into api.of_pairs values (1, 1, 1), (2, null, 1);
insert into hidden.base values (1, 2, 'no');
refresh materialized view api.film_mat;
do $$ begin create role watcher nologin; exception when duplicate_object then null; end $$;
grant watcher to erp_authenticator;
grant usage on schema api to watcher;
grant all on all tables in schema api to watcher;
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("embeds", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="embeds", db_schemas="api", db_anon_role="watcher",
                          db_tx_end="rollback")
    try:
        yield server.start()
    finally:
        server.stop()


def names(rows, key="name"):
    return [row[key] for row in rows]


ROWS = {
    "sources: M2O": ("/films?id=eq.1&select=directors(name)", [{"directors": {"name": "Ana"}}]),
    "sources: O2M": ("/directors?id=eq.2&select=films(title)", [{"films": [{"title": "B1"}]}]),
    "sources: O2O, key is the primary key": ("/films?id=in.(1,2)&order=id&select=specs(camera)",
                                             [{"specs": {"camera": "cam"}}, {"specs": None}]),
    "sources: O2O, from the child": ("/specs?select=films(title)", [{"films": {"title": "A1"}}]),
    "sources: M2M": ("/films?id=eq.1&select=actors(name)&actors.order=id", [{"actors": [{"name": "Jo"}, {"name": "Mia"}]}]),
    "sources: key of two columns": ("/of_pairs?order=id&select=pairs(note)", [{"pairs": {"note": "x"}}, {"pairs": None}]),
    "sources: view": ("/film_view?id=eq.1&select=directors(name)", [{"directors": {"name": "Ana"}}]),
    "sources: view from the other end": ("/directors?id=eq.2&select=film_view(title)", [{"film_view": [{"title": "B1"}]}]),
    "sources: chain of views": ("/film_chain?film=eq.1&select=directors(name)", [{"directors": {"name": "Ana"}}]),
    "sources: chain of views, far end": ("/directors?id=eq.2&select=film_chain(film)", [{"film_chain": [{"film": 3}]}]),
    "sources: view to view": ("/film_chain?film=eq.1&select=director_view(name)", [{"director_view": {"name": "Ana"}}]),
    "sources: view over a table that is not exposed": ("/base_view?select=directors(name)", [{"directors": {"name": "Bo"}}]),
    "sources: view with a join": ("/films_joined?id=eq.3&select=name,directors(name)", [
        {"name": "Bo", "directors": {"name": "Bo"}}]),
    "sources: view with a CTE": ("/cte_view?select=id,directors(name)&id=eq.1", [{"id": 1, "directors": {"name": "Ana"}}]),
    "sources: materialized view": ("/film_mat?id=eq.1&select=directors(name)", [{"directors": {"name": "Ana"}}]),
    "sources: view as a junction": ("/directors?id=eq.1&select=actors(name)", [{"actors": [{"name": "Mia"}]}]),
    "sources: view without the key, as the many": ("/directors?id=eq.2&select=film_without_key(title)",
                                                   [{"film_without_key": [{"title": "B1"}]}]),
    "sources: computed to-one by ROWS 1": ("/films?id=in.(1,4)&order=id&select=director_of(name)",
                                           [{"director_of": {"name": "Ana"}}, {"director_of": None}]),
    "sources: computed to-one without SETOF": ("/films?id=eq.1&select=one_director(name)", [{"one_director": {"name": "Ana"}}]),
    "sources: computed to-many": ("/directors?id=eq.1&select=short_films(title)", [{"short_films": [{"title": "A1"}]}]),
    "sources: computed one named like a relation": ("/directors?id=eq.2&select=specs(title)", [{"specs": [{"title": "B1"}]}]),
    "sources: computed overrides the detected": ("/films?id=eq.1&select=awards(name)", [{"awards": [{"name": "computed bear"}]}]),
    "sources: rows of a function": ("/rpc/films_by?who=2&select=title,directors(name)", [
        {"title": "B1", "directors": {"name": "Bo"}}]),
    "result: nobody there": ("/directors?id=eq.3&select=films(title)", [{"films": []}]),
    "result: null": ("/films?id=eq.4&select=directors(name)", [{"directors": None}]),
    "target: constraint": ("/films?id=eq.1&select=films_director_id_fkey(name)", [{"films_director_id_fkey": {"name": "Ana"}}]),
    "target: column": ("/films?id=eq.1&select=director_id(name)", [{"director_id": {"name": "Ana"}}]),
    "target: column beside itself": ("/films?id=eq.1&select=director_id,d:director_id(name)", [
        {"director_id": 1, "d": {"name": "Ana"}}]),
    "hint: constraint": ("/trips?select=places!departure(name)", [{"places": {"name": "W"}}]),
    "hint: near column": ("/trips?select=places!to_id(name)", [{"places": {"name": "B"}}]),
    "hint: far column": ("/places?id=eq.1&select=trips!from_id(id)", [{"trips": [{"id": 1}]}]),
    "hint: junction": ("/films?id=eq.1&select=actors!roles(name)&actors.name=eq.Jo", [{"actors": [{"name": "Jo"}]}]),
    "hint: with !inner, in both orders": ("/trips?select=a:places!departure!inner(name),b:places!inner!arrival(name)", [
        {"a": {"name": "W"}, "b": {"name": "B"}}]),
    "self join: name is the many": ("/films?id=eq.1&select=films(title)", [{"films": [{"title": "A22"}]}]),
    "self join: column is the one": ("/films?id=eq.2&select=sequel_of(title)", [{"sequel_of": {"title": "A1"}}]),
    "self join: twice": ("/films?id=eq.4&select=sequel_of(title,sequel_of(title))", [
        {"sequel_of": {"title": "A22", "sequel_of": {"title": "A1"}}}]),
    "filters on an embed": ("/directors?id=eq.1&select=films(title)&films.title=like.A2*", [{"films": [{"title": "A22"}]}]),
    "filters: alias": ("/directors?id=eq.1&select=f:films(title)&f.title=eq.A1", [{"f": [{"title": "A1"}]}]),
    "filters: nested": ("/directors?id=eq.1&select=films(title,actors(name))&films.id=eq.1&films.actors.name=eq.Jo", [
        {"films": [{"title": "A1", "actors": [{"name": "Jo"}]}]}]),
    "filters: logic": ("/directors?id=eq.1&select=films(title)&films.or=(id.eq.2,title.eq.zz)", [{"films": [{"title": "A22"}]}]),
    "order, limit, offset of an embed": ("/directors?id=eq.1&select=films(id)&films.order=id.desc&films.limit=1&films.offset=1", [
        {"films": [{"id": 1}]}]),
    "!inner": ("/directors?select=name,films!inner(title)&films.title=eq.B1", [{"name": "Bo", "films": [{"title": "B1"}]}]),
    "!inner: to-one": ("/films?order=id&select=id,directors!inner()", [{"id": 1}, {"id": 2}, {"id": 3}]),
    "!inner: through a junction": ("/films?order=id&select=id,actors!inner(name)&actors.name=eq.Jo", [
        {"id": 1, "actors": [{"name": "Jo"}]}]),
    "!inner: nested": ("/directors?select=name,films!inner(awards!awards_film_id_fkey!inner())", None),
    "null filter: is.null": ("/films?select=id,directors()&directors=is.null", [{"id": 4}]),
    "null filter: not.is.null": ("/directors?select=id,films()&films=not.is.null&order=id", [{"id": 1}, {"id": 2}]),
    "null filter: in or": ("/directors?select=id,films()&or=(films.is.null,name.eq.Ana)&order=id", [{"id": 1}, {"id": 3}]),
    "null filter: with conditions": ("/directors?select=id,films()&films.title=eq.B1&films=is.null&order=id", [
        {"id": 1}, {"id": 3}]),
    "order by to-one": ("/films?select=id,directors(name)&order=directors(name).desc.nullslast,id.desc", [
        {"id": 3, "directors": {"name": "Bo"}}, {"id": 2, "directors": {"name": "Ana"}},
        {"id": 1, "directors": {"name": "Ana"}}, {"id": 4, "directors": None}]),
    "order by to-one, alias": ("/films?select=id,d:directors()&order=d(name).nullsfirst,id&limit=1", [{"id": 4}]),
    "order by to-one, computed": ("/films?select=id,director_of()&order=director_of(name).desc.nullslast,id&limit=1", [{"id": 3}]),
    "depth": ("/awards?id=eq.1&select=films(directors(films(roles(actors(name)))))"
              "&films.directors.films.id=eq.1&films.directors.films.roles.part=eq.hero", [
                  {"films": {"directors": {"films": [{"roles": [{"actors": {"name": "Jo"}}]}]}}}]),
    "spread: to-one": ("/films?id=eq.1&select=title,...directors(by:name)", [{"title": "A1", "by": "Ana"}]),
    "spread: nobody there": ("/films?id=eq.4&select=title,...directors(by:name)", [{"title": "X", "by": None}]),
    "spread: to-many": ("/directors?id=in.(1,3)&order=id&select=name,...films(titles:title)&films.order=id.desc", [
        {"name": "Ana", "titles": ["A22", "A1"]}, {"name": "Cy", "titles": []}]),
    "computed: filters and order": ("/directors?id=eq.1&select=specs(title)&specs.order=title.desc&specs.limit=1", [
        {"specs": [{"title": "A22"}]}]),
    "computed: inner": ("/directors?select=name,short_films!inner(id)&order=id", [
        {"name": "Ana", "short_films": [{"id": 1}]}, {"name": "Bo", "short_films": [{"id": 3}]}]),
    "computed: null filter": ("/directors?select=name,short_films()&short_films=is.null", [{"name": "Cy"}]),
}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_embedding(server, row):
    path, expected = ROWS[row]
    answer = server.get(path)
    if expected is None:  # awards is computed for films, so that the hint names nothing
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST200")
        return
    assert (answer.status_code, answer.json()) == (200, expected)


REFUSED = {
    "junction whose keys are not inside its primary key": ("/loose?select=id&limit=0", None),
    "view without the key of the one": ("/specs?select=film_without_key(title)", "400 PGRST200"),
    "view with UNION": ("/directors?select=union_view(id)", "400 PGRST200"),
    "junction that is not exposed": ("/films?id=eq.1&select=actors!likes(name)", "400 PGRST200"),
    "constraint of a view": ("/film_view?select=films_director_id_fkey(name)", "400 PGRST200"),
    "column of a view": ("/film_view?select=director_id(name)", "400 PGRST200"),
    "no relationship": ("/films?select=places(name)", "400 PGRST200"),
    "no such hint": ("/films?select=directors!nowhere(name)", "400 PGRST200"),
    "filter on what select does not name": ("/films?directors.name=eq.Ana", "400 PGRST108"),
    "order on what select does not name": ("/films?order=directors(name)", "400 PGRST108"),
    "order by to-many": ("/directors?select=films(id)&order=films(id)", "400 PGRST118"),
    "other operators on an embed": ("/films?select=directors(name)&directors=eq.1", "400 PGRST120"),
}


@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_embedding_refused(server, row):
    path, expected = REFUSED[row]
    answer = server.get(path)
    if expected is None:
        assert answer.json() == []
        assert names(server.get("/films?id=eq.1&select=actors(name)&actors.order=id").json()[0]["actors"]) == ["Jo", "Mia"]
        return
    assert f"{answer.status_code} {answer.json()['code']}" == expected, answer.text


def test_embedding_ambiguity_lists_the_ways(server):
    answer = server.get("/trips?select=places(name)")
    assert answer.status_code == 300
    body = answer.json()
    assert body["code"] == "PGRST201"
    assert body["message"] == "Could not embed because more than one relationship was found for 'trips' and 'places'"
    assert body["hint"] == ("Try changing 'places' to one of the following: 'places!arrival', 'places!departure'. "
                            "Find the desired relationship in the 'details' key.")
    assert body["details"] == [
        {"cardinality": "many-to-one", "embedding": "trips with places", "relationship": "arrival using trips(to_id) and places(id)"},
        {"cardinality": "many-to-one", "embedding": "trips with places",
         "relationship": "departure using trips(from_id) and places(id)"}]


def test_embedding_ambiguity_in_order(server):
    """By kind, then by name, as PostgREST lists them."""
    body = server.get("/offices?select=cities(*)").json()
    assert [d["relationship"] for d in body["details"]] == [
        "cities_seat_fkey using offices(id) and cities(seat)", "offices_city_fkey using offices(city) and cities(id)",
        "a_visits using a_visits_office_fkey(office) and a_visits_city_fkey(city)"]
    assert body["hint"] == ("Try changing 'cities' to one of the following: 'cities!cities_seat_fkey', 'cities!offices_city_fkey', "
                            "'cities!a_visits'. Find the desired relationship in the 'details' key.")


def test_embedding_fuzzy_hint(server):
    body = server.get("/films?select=director(name)").json()
    assert body["code"] == "PGRST200"
    assert body["hint"] == "Perhaps you meant 'directors' instead of 'director'."
    assert body["details"] == ("Searched for a foreign key relationship between 'films' and 'director' in the schema 'api', "
                               "but no matches were found.")
    # Of what has no relationships at all, another one to begin with is named; none of the same name.
    assert server.get("/union_view?select=directors(name)").json()["hint"] == "Perhaps you meant 'film_view' instead of 'union_view'."
    assert server.get("/films?select=directors!nowhere(name)").json()["hint"] is None


def test_embedding_counts_with_inner(server):
    answer = server.get("/directors?select=name,films!inner()&films.title=eq.B1&limit=1", headers={"Prefer": "count=exact"})
    assert (answer.headers["Content-Range"], answer.json()) == ("0-0/1", [{"name": "Bo"}])


def test_embedding_legacy_target_names(server, scratch, bare_pg):
    path = "/directors?id=eq.1&select=f:films(title)&films.title=eq.A1"
    answer = server.get(path)
    assert (answer.status_code, answer.json()) == (200, [{"f": [{"title": "A1"}]}])
    assert answer.headers["Warning"].startswith("299")
    strict = utils.Bobbin(scratch, bare_pg, database="embeds", db_schemas="api", db_anon_role="watcher",
                          url_use_legacy_target_names=False).start()
    try:
        answer = strict.get(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST108")
    finally:
        strict.stop()


def test_embedding_in_writes(server):
    show = {"Prefer": "return=representation"}
    answer = server.request("POST", "/films?select=title,directors(name),actors(name)",
                            json={"id": 9, "title": "N", "director_id": 2}, headers=show)
    assert (answer.status_code, answer.json()) == (201, [{"title": "N", "directors": {"name": "Bo"}, "actors": []}])
    answer = server.request("PATCH", "/films?id=eq.1&select=title,actors(name),director_of(name)&actors.order=name&actors.limit=1",
                            json={"title": "Z"}, headers=show)
    assert (answer.status_code, answer.json()) == (200, [
        {"title": "Z", "actors": [{"name": "Jo"}], "director_of": {"name": "Ana"}}])
    answer = server.request("DELETE", "/roles?film_id=eq.3&select=part,films(title)", headers=show)
    assert (answer.status_code, answer.json()) == (200, [{"part": "foe", "films": {"title": "B1"}}])


def test_embedding_db_max_rows_on_every_level(scratch, bare_pg, server):
    capped = utils.Bobbin(scratch, bare_pg, database="embeds", db_schemas="api", db_anon_role="watcher", db_max_rows=1).start()
    try:
        rows = capped.get("/directors?select=name,films(id,roles(part))&order=id&films.order=id").json()
        assert [len(row["films"]) for row in rows] == [1] and len(rows[0]["films"][0]["roles"]) == 1
    finally:
        capped.stop()
