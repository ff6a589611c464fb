"""The dialect at HTTP level, row by row: filters (1.2), select (1.3), order, limits and counts (1.5), writes (1.6), preferences (1.7),
functions (1.9) and errors (1.12). Each case is one request and what must be said to it; docs/dialect.md lists the rows with the cases that
show them. Writes are rolled back, so that all begin with the same rows (test/clients/own.sql). SPDX-License-Identifier: ISC"""

import pytest
import utils

JSON = {"Content-Type": "application/json"}
FULL = {**JSON, "Prefer": "return=representation, tx=rollback"}
OBJECT = {"Accept": "application/vnd.pgrst.object+json"}


def prefer(text, **headers):
    return {**JSON, "Prefer": f"{text}, tx=rollback", **headers}


def ids(*numbers):
    return [{"id": n} for n in numbers]


def error(code, message, details=None, hint=None):
    return {"code": code, "message": message, "details": details, "hint": hint}


class Case:
    """method and path, then what is sent (body, headers), then what must come back: status (or a PGRST or SQL code for
    an error), body, and headers by name, '_' for '-'; None: no such header."""

    def __init__(self, name, request, status, answer=None, *, send=None, sent=None, says=None, **headers):
        self.name, self.answer, self.send, self.sent, self.says = name, answer, send, sent or {}, says
        self.method, self.path = request.split(" ", 1)
        self.status, _, self.code = str(status).partition(" ")
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}


P = "GET /people?select=id&order=id&"
CASES = [
    # 1.2 filters
    Case("1.2 eq: the type is inferred", P + "born=eq.1990-05-06", 200, ids(1)),
    Case("1.2 eq: a value that is none of the type", P + "born=eq.soon", "400 22007"),
    Case("1.2 gt gte lt lte neq", P + "id=gt.1&id=gte.2&id=lt.4&id=lte.3&id=neq.2", 200, ids(3)),
    Case("1.2 like: a star is any text", P + "name=like.*d*", 200, ids(1)),
    Case("1.2 like: so is a percent sign", P + "name=like.%25d%25", 200, ids(1)),
    Case("1.2 ilike", P + "name=ilike.ADA", 200, ids(1)),
    Case("1.2 match imatch", P + "name=match.^A&name=imatch.^a", 200, ids(1)),
    Case("1.2 match: no such pattern", P + "name=match.(", "400 2201B"),
    Case("1.2 in", P + "id=in.(1,3)", 200, ids(1, 3)),
    Case("1.2 in: quoted elements", P + 'name=in.("Cy \\"the\\" O\'Neil, Jr.","Ada")', 200, ids(1, 3)),
    Case("1.2 in: a backslash in quotes", P + 'about=in.("a\\\\b")', 200, []),
    Case("1.2 in: blanks are part of an element", P + "name=in.(Ada, Bo)", 200, ids(1)),
    Case("1.2 in: nothing", P + "id=in.()", 200, []),
    Case("1.2 in: not closed", P + "id=in.(1,2", "400 PGRST100"),
    Case("1.2 is: null", P + "mood=is.null", 200, ids(4)),
    Case("1.2 is: not_null", P + "mood=is.not_null", 200, ids(1, 2, 3)),
    Case("1.2 is: any case", P + "mood=is.NuLL", 200, ids(4)),
    Case("1.2 is: another word", P + "mood=is.nil", "400 PGRST100", says="null"),
    Case("1.2 is: true false unknown", P + "id=is.true", "400 42804"),
    Case("1.2 isdistinct", P + "mood=isdistinct.calm", 200, ids(1, 3, 4)),
    Case("1.2 fts", P + "words=fts.cat %26 fat", 200, ids(1)),
    Case("1.2 fts: a language", P + "words=fts(english).cats", 200, ids(1, 4)),
    Case("1.2 fts: text is made a tsvector", P + "about=plfts(english).sat cats", 200, ids(1, 4)),
    Case("1.2 phfts", P + "words=phfts(english).cat sat", 200, ids(1, 4)),
    Case("1.2 wfts", P + "words=wfts(english).cat -fat", 200, ids(4)),
    Case("1.2 fts: of what is no text", P + "id=plfts.cat", "404 42883", says='"function to_tsvector(integer) does not exist"'),
    Case("1.2 fts: no such language", P + "words=fts(klingon).cat", "400 42704"),
    Case("1.2 cs: array", P + "tags=cs.{red}", 200, ids(1)),
    Case("1.2 cs: json", P + 'profile=cs.{"pet":{"kind":"cat"}}', 200, ids(1)),
    Case("1.2 cs: range", P + "seats=cs.[2,4)", 200, ids(1)),
    Case("1.2 cd: array", P + "scores=cd.{1,2,3,4}", 200, ids(1, 2, 4)),
    Case("1.2 ov: array", P + "tags=ov.{blue,green}", 200, ids(1, 2)),
    Case("1.2 sl sr nxr nxl adj", P + "seats=sl.[10,11)&seats=sr.[-5,1)&seats=nxr.[1,5)&seats=nxl.[1,5)&seats=adj.[5,6)", 200, ids(1)),
    Case("1.2 not", P + "id=not.eq.1", 200, ids(2, 3, 4)),
    Case("1.2 not: in", P + "id=not.in.(1,2)", 200, ids(3, 4)),
    Case("1.2 not: once only", P + "id=not.not.eq.1", "400 PGRST100"),
    Case("1.2 any", P + "name=like(any).{A*,B*}", 200, ids(1, 2)),
    Case("1.2 all", P + "name=like(all).{*d*,A*}", 200, ids(1)),
    Case("1.2 any: eq gt gte lt lte ilike match imatch", P + "id=eq(any).{1,2}&id=gt(any).{0}&id=gte(any).{1}&id=lt(any).{9}&id=lte(any).{9}"
         "&name=ilike(any).{a*}&name=match(any).{^A}&name=imatch(any).{^a}", 200, ids(1)),
    Case("1.2 any: not of other operators", P + "id=neq(any).{1}", "400 PGRST100"),
    Case("1.2 unknown operator", P + "id=foo.1", "400 PGRST100", {
        "code": "PGRST100", "message": "\"failed to parse filter (foo.1)\" (line 1, column 1)",
        "details": "unexpected \"f\" expecting \"not\" or operator (eq, gt, ...)", "hint": None}, Content_Range=None),
    Case("1.2 key: quoted", 'GET /Odd%20T%C3%A4ble?select="the id"&"comma,dot.x"=eq.c,d', 200, [{"the id": 1}]),
    Case("1.2 key: unicode and blanks", "GET /Odd%20T%C3%A4ble?select=日本&a+b=eq.x y", 200, [{"日本": "こんにちは"}]),
    Case("1.2 key: no such column", P + "nme=eq.1", "400 42703", says="nme"),
    Case("1.2 key without a value is no filter", P + "d", 200, ids(1, 2, 3, 4)),
    Case("1.2 or", P + "or=(id.eq.1,name.eq.Bo)", 200, ids(1, 2)),
    Case("1.2 and", P + "and=(id.gte.2,id.lt.4)", 200, ids(2, 3)),
    Case("1.2 not.or", P + "not.or=(id.eq.1,id.eq.2)", 200, ids(3, 4)),
    Case("1.2 not.and", P + "not.and=(id.gte.2,id.lte.3)", 200, ids(1, 4)),
    Case("1.2 tree: nested", P + "or=(id.eq.1,not.and(id.gte.1,mood.not.is.null))", 200, ids(1, 4)),
    Case("1.2 tree: blanks", P + "or=( id.eq.1 , and( id.gt.1 , id.lt.3 ) )", 200, ids(1, 2)),
    Case("1.2 tree: quotes, lists and arrays", P + 'or=(name.eq."Cy \\"the\\" O\'Neil, Jr.",id.in.(2),tags.cs.{red,green})', 200, ids(1, 2, 3)),
    Case("1.2 tree: empty", P + "or=()", "400 PGRST100"),
    Case("1.2 tree: of an embed", "GET /people?select=id,trips(id)&id=eq.1&trips.or=(km.lt.200,goal.eq.X)", 200, [{"id": 1, "trips": ids(1)}]),
    Case("1.2 tree: negated, of an embed", "GET /people?select=id,trips(id)&id=eq.1&trips.not.and=(km.lt.200,goal.eq.L)", 200, [{"id": 1, "trips": ids(2)}]),
    Case("1.2 path: as text", P + "profile->>age=eq.24", 200, ids(2)),
    Case("1.2 path: as json", P + "profile->age=eq.24", 200, ids(2)),
    Case("1.2 path: below", P + "profile->pet->>kind=eq.cat", 200, ids(1)),
    Case("1.2 path: index", P + "profile->lang->>0=eq.de", 200, ids(1)),
    Case("1.2 path: negative index", P + "profile->lang->>-1=eq.en", 200, ids(1)),
    Case("1.2 path: composite", P + "home->>city=eq.Wien", 200, ids(1)),
    Case("1.2 path: array", P + "tags->>0=eq.blue", 200, ids(2)),
    Case("1.2 path: quoted", P + 'profile->"pet"->>"kind"=eq.cat', 200, ids(1)),
    Case("1.2 path: order", "GET /people?select=id&order=profile->age.desc.nullslast,id", 200, ids(1, 2, 4, 3)),

    # 1.3 select
    Case("1.3 columns", "GET /people?select=id,name&id=eq.1", 200, [{"id": 1, "name": "Ada"}]),
    Case("1.3 columns: all by default", "GET /places?code=eq.W", 200, [{"code": "W", "name": "Wien"}]),
    Case("1.3 columns: empty select is all", "GET /places?select=&code=eq.W", 200, [{"code": "W", "name": "Wien"}]),
    Case("1.3 columns: no such column", "GET /people?select=id,nme", "400 42703"),
    Case("1.3 columns: `*` is what the role may select", "GET /passports?person_id=eq.1", 200, [{"person_id": 1}]),
    Case("1.3 columns: `*` of an embed too", "GET /people?select=id,passports(*)&id=eq.1", 200, [{"id": 1, "passports": {"person_id": 1}}]),
    Case("1.3 columns: a column by name that it may not", "GET /passports?select=number", "401 42501"),
    Case("1.3 alias", "GET /people?select=who:name&id=eq.1", 200, [{"who": "Ada"}]),
    Case("1.3 cast", "GET /people?select=id::text,born::timestamp&id=eq.1", 200, [{"id": "1", "born": "1990-05-06T00:00:00"}]),
    Case("1.3 cast: no such type", "GET /people?select=id::nothing", "400 42704", {
        "code": "42704", "message": "type \"nothing\" does not exist", "details": None, "hint": None}),
    Case("1.3 alias and cast of a path", "GET /people?select=a:profile->>age::int&id=eq.1", 200, [{"a": 35}]),
    Case("1.3 path: name of the last key", "GET /people?select=profile->pet->>kind,profile->lang->0&id=eq.1", 200, [{"kind": "cat", "lang": "de"}]),
    Case("1.3 computed field", "GET /people?select=id,initials&initials=eq.A.&order=initials", 200, [{"id": 1, "initials": "A."}]),
    Case("1.3 computed field: not in *", "GET /people?select=*&id=eq.1", 200, says='"words":"\'cat\':3 \'fat\':2 \'mat\':7 \'sat\':4"}]'),
    Case("1.3 legacy count", "GET /people?select=count", 200, [{"count": 4}]),
    Case("1.3 embed", "GET /people?select=id,trips(id)&id=eq.1&trips.order=id", 200, [{"id": 1, "trips": ids(1, 2)}]),
    Case("1.3 embed: alias, hint, inner, in any order", "GET /trips?select=a:places!origin!inner(name),b:places!inner!goal(name)&id=eq.1", 200,
         [{"a": {"name": "Wien"}, "b": {"name": "Linz"}}]),
    Case("1.3 embed: left", "GET /people?select=id,trips!left(id)&id=eq.3", 200, [{"id": 3, "trips": []}]),
    Case("1.3 embed: empty", "GET /people?select=id,trips!inner()&trips.km=gt.600&order=id", 200, ids(1, 2)),
    Case("1.3 spread: to one", "GET /trips?select=id,...people(name)&id=eq.1", 200, [{"id": 1, "name": "Ada"}]),
    Case("1.3 spread: to many, in its order", "GET /people?select=name,...trips(km)&id=eq.1&trips.order=km.desc", 200, [{"name": "Ada", "km": [650.5, 180]}]),
    Case("1.3 spread: takes no alias", "GET /trips?select=x:...people(name)", "400 PGRST100"),
    Case("1.3 quoting", 'GET /Odd%20T%C3%A4ble?select="comma,dot.x",dash-ed,"q\\"uote"&"the id"=eq.1', 200,
         [{"comma,dot.x": "c,d", "dash-ed": "d-1", "q\"uote": "he said \"no\""}]),

    # 1.5 order, limits, ranges, counts
    Case("1.5 order", "GET /people?select=id&order=born.desc.nullslast,id", 200, ids(2, 1, 4, 3)),
    Case("1.5 order: nullsfirst", "GET /people?select=id&order=born.nullsfirst", 200, ids(3, 4, 1, 2)),
    Case("1.5 order: nulls go with the direction", "GET /people?select=id&order=born.desc", 200, ids(3, 2, 1, 4)),
    Case("1.5 order: by an embed", "GET /trips?select=id,people(name)&order=people(name).desc,id.desc&limit=1", 200, [{"id": 4, "people": {"name": "Dé 100%"}}]),
    Case("1.5 order: by a to-many embed", "GET /people?select=id,trips(id)&order=trips(km)", "400 PGRST118"),
    Case("1.5 order: no such direction", "GET /people?order=id.up", "400 PGRST100"),
    Case("1.5 limit and offset", P + "limit=2&offset=1", 200, ids(2, 3), Content_Range="1-2/*"),
    Case("1.5 limit: none of it", P + "limit=0", 200, [], Content_Range="*/*"),
    Case("1.5 limit: none of it, counted", P + "limit=0", 206, [], sent={"Prefer": "count=exact"}, Content_Range="*/4"),
    Case("1.5 limit: negative", P + "limit=-1", "416 PGRST103", {
        "code": "PGRST103", "message": "Requested range not satisfiable",
        "details": "Limit should be greater than or equal to zero.", "hint": None}),
    Case("1.5 limit: no number", P + "limit=few", 200, ids(1, 2, 3, 4), Content_Range="0-3/*"),
    Case("1.5 offset: negative", P + "offset=-3", 200, ids(1, 2, 3, 4), Content_Range="0-3/*"),
    Case("1.5 offset: no number", P + "offset=x", 200, ids(1, 2, 3, 4)),
    Case("1.5 Range", P, 200, ids(1, 2), sent={"Range": "0-1"}, Content_Range="0-1/*"),
    Case("1.5 Range: open", P, 200, ids(2, 3, 4), sent={"Range": "1-"}, Content_Range="1-3/*"),
    Case("1.5 Range: the unit does not matter", P, 200, ids(1), sent={"Range": "0-0", "Range-Unit": "bytes"}),
    Case("1.5 Range: cut by limit and offset", P + "limit=2&offset=1", 200, ids(2), sent={"Range": "0-1"}, Content_Range="1-1/*"),
    Case("1.5 Range: without an end in sight", P, 200, ids(1, 2, 3, 4), sent={"Range": "0-99999999999999999999"}, Content_Range="0-3/*"),
    Case("1.5 Range: backwards", P, "416 PGRST103", sent={"Range": "3-1"}, says="lower boundary"),
    Case("1.5 Range: of HEAD does not count", "HEAD /people?select=id", 200, sent={"Range": "0-1"}, Content_Range="0-3/*"),
    Case("1.5 Range: of a change does not count", "PATCH /people?select=id&id=lte.2", 200, ids(1, 2), send='{"mood":"glum"}',
         sent={**FULL, "Range": "0-0"}),
    Case("1.5 Content-Range: an empty page", P + "id=eq.0", 200, [], Content_Range="*/*"),
    Case("1.5 Content-Range: an empty table, counted", P + "id=eq.0", 200, [], sent={"Prefer": "count=exact"}, Content_Range="*/0"),
    Case("1.5 status: all of it", P, 200, ids(1, 2, 3, 4), sent={"Prefer": "count=exact"}, Content_Range="0-3/4"),
    Case("1.5 status: a part of it", P + "limit=2", 206, ids(1, 2), sent={"Prefer": "count=exact"}, Content_Range="0-1/4",
         Preference_Applied="count=exact"),
    Case("1.5 status: the end itself", P + "offset=4", 206, [], sent={"Prefer": "count=exact"}, Content_Range="*/4"),
    Case("1.5 status: beyond the end", P + "offset=5", "416 PGRST103", sent={"Prefer": "count=exact"}, Content_Range="*/4",
         says="An offset of 5 was requested, but there are only 4 rows."),
    Case("1.5 status: beyond the end, not counted", P + "offset=5", 200, [], Content_Range="*/*"),
    Case("1.5 count: planned", "GET /many?limit=1", 206, [{"n": 1}], sent={"Prefer": "count=planned"}, Content_Range="0-0/1500"),
    Case("1.5 count: estimated", "GET /many?limit=1", 206, [{"n": 1}], sent={"Prefer": "count=estimated"}, Content_Range="0-0/1500"),
    Case("1.5 count: estimated, few rows are counted", P + "limit=1", 206, ids(1), sent={"Prefer": "count=estimated"}, Content_Range="0-0/4"),
    Case("1.5 count: with an inner embed", "GET /people?select=id,trips!inner()&order=id&limit=1", 206, ids(1),
         sent={"Prefer": "count=exact"}, Content_Range="0-0/3"),
    Case("1.5 count: HEAD", "HEAD /people", 200, sent={"Prefer": "count=exact"}, Content_Range="0-3/4"),
    Case("1.5 db-max-rows", "GET /many?select=n", 200, Content_Range="0-999/*"),
    Case("1.5 db-max-rows: a larger limit", "GET /many?select=n&limit=1200", 206, sent={"Prefer": "count=exact"}, Content_Range="0-999/1500"),
    Case("1.5 db-max-rows: not on writes", "DELETE /many?n=gt.0", 204, sent=prefer("count=exact"), Content_Range="*/1500"),

    # 1.6 writes
    Case("1.6 POST: object", "POST /places", 201, send='{"code":"G","name":"Graz"}', sent=prefer("return=minimal"), Content_Range="*/*",
         Content_Type=None, Location=None, Preference_Applied="return=minimal, tx=rollback"),
    Case("1.6 POST: array", "POST /places", 201, [{"code": "a", "name": "A"}, {"code": "b", "name": "B"}],
         send='[{"code":"a","name":"A"},{"code":"b","name":"B"}]', sent=FULL, Content_Range="*/*"),
    Case("1.6 POST: counted", "POST /places", 201, send='[{"code":"a","name":"A"},{"code":"b","name":"B"}]', sent=prefer("count=exact"),
         Content_Range="*/2"),
    Case("1.6 POST: keys must match", "POST /places", "400 PGRST102", error("PGRST102", "All object keys must match"),
         send='[{"code":"a","name":"A"},{"code":"b"}]', sent=FULL),
    Case("1.6 POST: csv", "POST /people?select=name,about,born", 201,
         [{"name": "x,y", "about": "", "born": None}], send='name,about,born\n"x,y",,NULL\n', sent={**FULL, "Content-Type": "text/csv"}),
    Case("1.6 POST: form", "POST /places", 201, [{"code": "f 1", "name": "ö&"}], send="code=f+1&name=%C3%B6%26",
         sent={**FULL, "Content-Type": "application/x-www-form-urlencoded"}),
    Case("1.6 POST: csv, lines of several lengths", "POST /people", "400 PGRST102", error("PGRST102", "All lines must have same number of fields"),
         send="name,about\nx,y\nz\n", sent={**FULL, "Content-Type": "text/csv"}),
    Case("1.6 POST: another type", "POST /places", "400 PGRST102", error("PGRST102", "Content-Type not acceptable: text/yaml"),
         send="x", sent={"Content-Type": "text/yaml; charset=utf-8"}),
    Case("1.6 POST: no json", "POST /places", "400 PGRST102", error("PGRST102", "Empty or invalid json"), send="{", sent=JSON),
    Case("1.6 POST: no body", "POST /places", "400 PGRST102", error("PGRST102", "Empty or invalid json"), send="", sent=JSON),
    Case("1.6 POST: neither object nor array", "POST /places", "400 PGRST102", send="5", sent=JSON, says="Empty or invalid json"),
    Case("1.6 POST: a key twice", "POST /places", "400 PGRST102", send='{"code":"a","code":"b","name":"x"}', sent=JSON,
         says="The key 'code' is given twice"),
    Case("1.6 POST: columns", "POST /people?columns=name,about&select=name,about,mood", 201, [{"name": "n", "about": None, "mood": "calm"}],
         send='{"name":"n","mood":"glum"}', sent=FULL),
    Case("1.6 POST: columns, quoted", 'POST /places?columns="code","name"', 201, [{"code": "q", "name": "Q"}], send='[{"name":"Q","code":"q"}]', sent=FULL),
    Case("1.6 POST: columns, unknown", "POST /places?columns=code,nix", "400 PGRST204",
         error("PGRST204", "Could not find the 'nix' column of 'places' in the schema cache"), send='{"code":"x"}', sent=FULL),
    Case("1.6 POST: columns, given twice", "POST /places?columns=code,name,code", 201, [{"code": "q", "name": "Q"}], send='{"name":"Q","code":"q"}', sent=FULL),
    Case("1.6 POST: columns, one without a name", "POST /places?columns=code,,name", "400 PGRST100", error(
        "PGRST100", "\"failed to parse columns parameter (code,,name)\" (line 1, column 6)",
        "unexpected \",\" expecting field name (* or [a..z0..9_$])"), send="{}", sent=FULL),
    Case("1.6 POST: unknown key", "POST /places", "400 PGRST204", send='{"code":"x","nix":1}', sent=FULL),
    Case("1.6 POST: default row", "POST /keyless", 201, [{"a": None, "b": None}], send="{}", sent=FULL),
    Case("1.6 POST: default rows", "POST /keyless", 201, [{"a": None, "b": None}, {"a": None, "b": None}], send="[{},{}]", sent=FULL),
    Case("1.6 POST: no rows", "POST /keyless", 201, [], send="[]", sent=FULL, Content_Range="*/*"),
    Case("1.6 missing: null", "POST /notes?columns=person_id,lang,stars&select=stars", 201, [{"stars": None}], send='{"person_id":9,"lang":"x"}', sent=FULL),
    Case("1.6 missing: default", "POST /notes?columns=person_id,lang,stars&select=stars", 201, [{"stars": 3}],
         send='{"person_id":9,"lang":"x"}', sent=prefer("return=representation, missing=default"),
         Preference_Applied="missing=default, return=representation, tx=rollback"),
    Case("1.6 missing: default, several", "POST /notes?columns=person_id,lang,stars&select=stars", 201, [{"stars": 3}, {"stars": None}],
         send='[{"person_id":9,"lang":"x"},{"person_id":9,"lang":"y","stars":null}]', sent=prefer("return=representation, missing=default")),
    Case("1.6 return: headers-only", "POST /places", 201, send='{"code":"ä b","name":"x"}', sent=prefer("return=headers-only"),
         Location="/places?code=eq.%C3%A4%20b", Preference_Applied="return=headers-only, tx=rollback"),
    Case("1.6 return: headers-only, compound key", "POST /notes", 201, send='{"person_id":9,"lang":"x"}', sent=prefer("return=headers-only"),
         Location="/notes?person_id=eq.9&lang=eq.x"),
    Case("1.6 return: headers-only, several rows", "POST /keyless", 201, send="[{},{}]", sent=prefer("return=headers-only"), Location=None),
    Case("1.6 return: headers-only, no key", "POST /keyless", 201, send="{}", sent=prefer("return=headers-only"), Location=None),
    Case("1.6 return: representation, `*` is what the role may select", "POST /badges", 201, [{"id": 1}], send='{"id":1,"pin":7}', sent=FULL),
    Case("1.6 upsert: merges", "POST /places", 200, [{"code": "W", "name": "V"}], send='{"code":"W","name":"V"}',
         sent=prefer("resolution=merge-duplicates, return=representation"),
         Preference_Applied="resolution=merge-duplicates, return=representation, tx=rollback"),
    Case("1.6 upsert: merges and inserts", "POST /places", 201, [{"code": "W", "name": "V"}, {"code": "N", "name": "N"}],
         send='[{"code":"W","name":"V"},{"code":"N","name":"N"}]', sent=prefer("resolution=merge-duplicates, return=representation")),
    Case("1.6 upsert: ignores", "POST /places", 201, [{"code": "N", "name": "N"}], send='[{"code":"W","name":"V"},{"code":"N","name":"N"}]',
         sent=prefer("resolution=ignore-duplicates, return=representation")),
    Case("1.6 upsert: on other columns", "POST /people?on_conflict=mail&select=id,name", 200, [{"id": 1, "name": "A"}],
         send='{"mail":"ada@x.org","name":"A"}', sent=prefer("resolution=merge-duplicates, return=representation")),
    Case("1.6 upsert: columns without a constraint", "POST /people?on_conflict=name", "400 42P10", send='{"name":"x"}',
         sent=prefer("resolution=merge-duplicates")),
    Case("1.6 upsert: refused without", "POST /places", "409 23505", send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: updates", "PUT /places?code=eq.W", 204, send='{"code":"W","name":"V"}', sent=prefer("return=minimal")),
    Case("1.6 PUT: inserts", "PUT /places?code=eq.N", 201, [{"code": "N", "name": "V"}], send='{"code":"N","name":"V"}', sent=FULL),
    Case("1.6 PUT: updates and shows", "PUT /places?code=eq.W", 200, [{"code": "W", "name": "V"}], send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: has no Content-Range, and counts nothing", "PUT /places?code=eq.W", 204, send='{"code":"W","name":"V"}',
         sent=prefer("count=exact, missing=default, handling=strict"), Content_Range=None, Preference_Applied="tx=rollback, handling=strict"),
    Case("1.6 PUT: filters are not the key", "PUT /places?name=eq.Wien", "405 PGRST105", send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: another operator", "PUT /places?code=gt.W", "405 PGRST105", send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: limit", "PUT /places?code=eq.W&limit=1", "400 PGRST114", send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: another key in the body", "PUT /places?code=eq.W", "400 PGRST115", send='{"code":"X","name":"V"}', sent=FULL),
    Case("1.6 PUT: no records", "PUT /places?code=eq.W", "400 PGRST115", send="[]", sent=FULL),
    Case("1.6 PUT: no filters", "PUT /places", "405 PGRST105", send='{"code":"W","name":"V"}', sent=FULL),
    Case("1.6 PUT: no key", "PUT /keyless?a=eq.1", "405 PGRST105", send='{"a":1}', sent=FULL),
    Case("1.6 POST: an inner embed that is not there", "POST /trips?select=id,people!inner(name)&people.name=eq.zzz", 201, [],
         send='{"person_id":1,"km":4}', sent=FULL),
    Case("1.6 PATCH: an embed", "PATCH /trips?select=id,people(name)&id=lte.2&order=id", 200,
         [{"id": 1, "people": {"name": "Ada"}}, {"id": 2, "people": {"name": "Ada"}}], send='{"km":4}', sent=FULL),
    Case("1.6 PATCH: a filter on an embed would not keep it from changing more", "PATCH /trips?select=id,people(name)&people.name=eq.Ada",
         "400 PGRST127", send='{"km":4}'),
    Case("1.6 PATCH: nor would !inner", "PATCH /trips?select=id,people!inner(name)&id=lte.2", "400 PGRST127", send='{"km":4}', sent=FULL),
    Case("1.6 DELETE: nor below", "DELETE /people?select=id,trips(id,places!origin!inner(name))&id=eq.1", "400 PGRST127", sent=FULL),
    Case("1.6 PATCH: an array of one", "PATCH /people?id=eq.1&select=mood", 200, [{"mood": "glum"}], send='[{"mood":"glum"}]', sent=FULL),
    Case("1.6 PATCH: an array of several", "PATCH /people?id=in.(1,2)", "400 PGRST102", send='[{"mood":"glum"},{"mood":"calm"}]'),
    Case("1.6 PUT: an array of several", "PUT /places?code=eq.W", "400 PGRST102",
         send='[{"code":"W","name":"V"},{"code":"W","name":"U"}]'),
    Case("1.6 PATCH", "PATCH /people?id=lte.2", 204, send='{"mood":"glum"}', sent=prefer("return=minimal"), Content_Range="0-1/*"),
    Case("1.6 PATCH: counted", "PATCH /people?id=lte.2", 204, send='{"mood":"glum"}', sent=prefer("count=exact"), Content_Range="0-1/2"),
    Case("1.6 PATCH: shown", "PATCH /people?id=lte.2&select=id,mood", 200, [{"id": 1, "mood": "glum"}, {"id": 2, "mood": "glum"}],
         send='{"mood":"glum"}', sent=FULL),
    Case("1.6 PATCH: no rows", "PATCH /people?id=eq.0", 204, send='{"mood":"glum"}', sent=prefer("return=minimal"), Content_Range="*/*"),
    Case("1.6 PATCH: no rows, shown", "PATCH /people?id=eq.0", 200, [], send='{"mood":"glum"}', sent=FULL),
    Case("1.6 PATCH: nothing", "PATCH /people?id=eq.1", 200, [], send="{}", sent=FULL, Content_Range="*/*"),
    Case("1.6 PATCH: columns", "PATCH /people?id=eq.1&columns=mood&select=mood,name", 200, [{"mood": "glum", "name": "Ada"}],
         send='{"mood":"glum","name":"x"}', sent=FULL),
    Case("1.6 PATCH: or", "PATCH /people?or=(id.eq.1,mood.is.null)&select=id", 200, ids(1, 4), send='{"mood":"glum"}', sent=FULL),
    Case("1.6 PATCH: limit does not limit", "PATCH /people?select=id&limit=1&order=id", 200, ids(1, 2, 3, 4), send='{"mood":"glum"}', sent=FULL),
    Case("1.6 DELETE", "DELETE /people?id=eq.3", 204, sent=prefer("return=minimal"), Content_Range="*/*"),
    Case("1.6 DELETE: counted and shown", "DELETE /people?id=eq.3&select=id", 200, ids(3), sent=prefer("return=representation, count=exact"),
         Content_Range="*/1"),
    Case("1.6 DELETE: no rows", "DELETE /people?id=eq.0", 200, [], sent=FULL),
    Case("1.6 max-affected", "PATCH /people?id=gte.1", "400 PGRST124", send='{"mood":"glum"}', sent=prefer("handling=strict, max-affected=2"),
         says="The query affects 4 rows"),
    Case("1.6 max-affected: few enough", "DELETE /people?id=eq.3", 204, sent=prefer("handling=strict, max-affected=1"),
         Preference_Applied="tx=rollback, handling=strict, max-affected=1"),
    Case("1.6 max-affected: only when strict", "PATCH /people?id=gte.1", 204, send='{"mood":"glum"}', sent=prefer("max-affected=2")),
    Case("1.6 singular", "PATCH /people?id=eq.1&select=id", 200, {"id": 1}, send='{"mood":"glum"}', sent={**FULL, **OBJECT}),
    Case("1.6 singular: two rows", "PATCH /people?id=lte.2", "406 PGRST116", send='{"mood":"glum"}', sent={**FULL, **OBJECT},
         says="The result contains 2 rows"),
    Case("1.6 singular: no rows", "DELETE /people?id=eq.0", "406 PGRST116", sent={**FULL, **OBJECT}, says="The result contains 0 rows"),

    # 1.7 Prefer
    Case("1.7 handling: strict names what is unknown", "GET /people", "400 PGRST122", error(
        "PGRST122", "Invalid preferences given with handling=strict", "Invalid preferences: anything=1, foo, return=bogus"),
        sent={"Prefer": "handling=strict, anything=1, foo, return=bogus, count=exact"}),
    Case("1.7 handling: lenient", P, 200, ids(1, 2, 3, 4), sent={"Prefer": "handling=lenient, anything=1"}, Preference_Applied="handling=lenient"),
    Case("1.7 handling: what was removed is unknown", "POST /rpc/add", "400 PGRST122", send='{"a":1}',
         sent={**JSON, "Prefer": "handling=strict, params=single-object"}, says="Invalid preferences: params=single-object"),
    Case("1.7 several: the first one counts", "POST /places", 201, send='{"code":"N","name":"N"}',
         sent=prefer("return=minimal, return=representation"), Preference_Applied="return=minimal, tx=rollback"),
    Case("1.7 order of Preference-Applied", "POST /places", 201, send='{"code":"N","name":"N"}',
         sent=prefer("max-affected=5, timezone=UTC, handling=strict, count=exact, return=minimal, missing=null, resolution=merge-duplicates"),
         Preference_Applied="resolution=merge-duplicates, missing=null, return=minimal, count=exact, tx=rollback, handling=strict, timezone=UTC"),
    Case("1.7 only what applies: reads", P + "id=eq.1", 200, ids(1), Preference_Applied="count=exact, handling=strict",
         sent={"Prefer": "return=minimal, missing=default, resolution=merge-duplicates, max-affected=2, count=exact, handling=strict"}),
    Case("1.7 only what applies: resolution without a key", "POST /keyless", 201, send='{"a":1}', sent=prefer("resolution=merge-duplicates"),
         Preference_Applied="tx=rollback"),
    Case("1.7 only what applies: missing on DELETE", "DELETE /people?id=eq.0", 204, sent=prefer("missing=default, return=minimal"),
         Preference_Applied="return=minimal, tx=rollback"),
    Case("1.7 timezone", "GET /people?select=id&id=eq.1", 200, ids(1), sent={"Prefer": "timezone=America/Lima"}, Preference_Applied="timezone=America/Lima"),
    Case("1.7 timezone: no such, even when lenient", "GET /people", "400 22023", error("22023", 'invalid value for parameter "TimeZone": "Nope"'),
         sent={"Prefer": "handling=lenient, timezone=Nope"}),
    Case("1.7 tx: rollback", "DELETE /keyless", 204, sent={"Prefer": "tx=rollback"}, Preference_Applied="tx=rollback"),

    # 1.9 functions
    Case("1.9 GET", "GET /rpc/add?a=1&b=2", 200, 3, Content_Type="application/json; charset=utf-8"),
    Case("1.9 GET: with an operator it is a filter", "GET /rpc/grown_up?since=2005-01-01&id=gt.1&select=id&order=id", 200, ids(2, 4)),
    Case("1.9 HEAD", "HEAD /rpc/grown_up?select=id", 200, Content_Range="0-1/*"),
    Case("1.9 POST", "POST /rpc/add", 200, 3, send='{"a":1,"b":2}', sent=JSON),
    Case("1.9 POST: form", "POST /rpc/add", 200, 3, send="a=1&b=2", sent={"Content-Type": "application/x-www-form-urlencoded"}),
    Case("1.9 defaults", "POST /rpc/add", 200, 2, send='{"a":1}', sent=JSON),
    Case("1.9 no function", "POST /rpc/add", "404 PGRST202", error(
        "PGRST202", "Could not find the function public.add(a, x) in the schema cache", "Searched for the function public.add with parameters "
        "a, x or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.",
        "Perhaps you meant to call the function public.add(a, b)"), send='{"x":1,"a":2}', sent=JSON),
    Case("1.9 other methods", "PATCH /rpc/add", "405 PGRST101", send="{}", sent=JSON),
    Case("1.9 SETOF scalar", "GET /rpc/names?limit=2", 200, ["Ada", "Bo"], Content_Range="0-1/*"),
    Case("1.9 composite", "GET /rpc/person?who=1&select=id,name", 200, {"id": 1, "name": "Ada"}),
    Case("1.9 TABLE", "GET /rpc/totals?what=eq.trips", 200, [{"what": "trips", "n": 4}]),
    Case("1.9 void", "POST /rpc/nothing", 204, send="{}", sent=JSON, Content_Type=None, Content_Range="0-0/*"),
    Case("1.9 composite: filtered away", "GET /rpc/person?who=1&id=eq.2", 200, says="null", Content_Range="*/*"),
    Case("1.9 composite: filtered away, without nulls", "GET /rpc/person?who=1&id=eq.2", 200, says="null",
         sent={"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}),
    Case("1.9 composite: filtered away, as an object", "GET /rpc/person?who=1&id=eq.2", "406 PGRST116", sent=OBJECT, says="The result contains 0 rows"),
    Case("1.9 results: beyond the end, counted", "GET /rpc/names?offset=7", "416 PGRST103", error(
        "PGRST103", "Requested range not satisfiable", "An offset of 7 was requested, but there are only 4 rows."),
        sent={"Prefer": "count=exact"}, Content_Range="*/4"),
    Case("1.9 results: select, embeds, order, limit", "GET /rpc/grown_up?select=id,trips(id)&order=id&limit=1&trips.order=id", 200,
         [{"id": 1, "trips": ids(1, 2)}]),
    Case("1.9 results: `*` of an embed is what the role may select", "GET /rpc/grown_up?select=id,passports(*)&order=id&limit=1", 200,
         [{"id": 1, "passports": {"person_id": 1}}]),
    Case("1.9 results: counted", "GET /rpc/grown_up?select=id&limit=1&order=id", 206, ids(1), sent={"Prefer": "count=exact"}, Content_Range="0-0/2"),
    Case("1.9 results: one value, counted", "GET /rpc/add?a=1", 200, 2, sent={"Prefer": "count=exact"}, Content_Range="0-0/1"),
    Case("1.9 results: one row, counted", "GET /rpc/person?who=1&select=id", 200, {"id": 1}, sent={"Prefer": "count=exact"}, Content_Range="0-0/1"),
    Case("1.9 results: no row is a row of nulls", "GET /rpc/person?who=77&select=id", 200, {"id": None}, Content_Range="0-0/*"),
    Case("1.9 results: Range", "GET /rpc/grown_up?select=id&order=id", 200, ids(1), sent={"Range": "0-0"}, Content_Range="0-0/*"),
    Case("1.9 results: Range of POST does not count", "POST /rpc/grown_up?select=id&order=id", 200, ids(1, 4), send="{}",
         sent={**JSON, "Range": "0-0"}, Content_Range="0-1/*"),
    Case("1.9 results: one value as an object", "GET /rpc/add?a=1", 200, 2, sent=OBJECT,
         Content_Type="application/vnd.pgrst.object+json; charset=utf-8"),
    Case("1.9 results: singular", "GET /rpc/grown_up?select=id", "406 PGRST116", sent=OBJECT, says="The result contains 2 rows"),
    Case("1.9 GET cannot write", "GET /rpc/cheer?from_id=1", "405 25006"),
    Case("1.9 max-affected needs rows", "POST /rpc/add", "400 PGRST128", send='{"a":1}', sent=prefer("handling=strict, max-affected=1")),

    # 1.12 errors
    Case("1.12 names the error", "GET /xyz", "404 PGRST205", error("PGRST205", "Could not find the table 'public.xyz' in the schema cache"),
         Proxy_Status="PostgREST; error=PGRST205", Content_Type="application/json; charset=utf-8"),
    Case("1.12 SQLSTATE: what PostgreSQL says is passed on", "POST /rpc/refuse", "400 P0001", error("P0001", "no", "the detail", "the hint"),
         send='{"code":"P0001","what":"no"}', sent=JSON, Proxy_Status="PostgREST; error=P0001"),
    Case("1.12 SQLSTATE: a message without text", "POST /rpc/refuse", "400 P0001", error("P0001", "", "the detail", "the hint"),
         send='{"code":"P0001","what":""}', sent=JSON),
    Case("1.12 SQLSTATE: PTxyz", "POST /rpc/refuse", "402 PT402", error("PT402", "Pay", "the detail", "the hint"),
         send='{"code":"PT402","what":"Pay"}', sent=JSON),
    Case("1.12 SQLSTATE: 21000 without WHERE", "POST /rpc/refuse", "400 21000", send='{"code":"21000","what":"DELETE requires a WHERE clause"}', sent=JSON),
    Case("1.12 SQLSTATE: 21000", "POST /rpc/refuse", "500 21000", send='{"code":"21000","what":"x"}', sent=JSON),
    Case("1.12 SQLSTATE: 42883 of xmlagg", "POST /rpc/refuse", "406 42883", send='{"code":"42883","what":"function xmlagg(x) does not exist"}', sent=JSON),
    Case("1.12 SQLSTATE: 42501 of the anonymous", "GET /passports?select=number", "401 42501", error("42501", "permission denied for table passports"),
         WWW_Authenticate="Bearer"),
    Case("1.12 another method", "TRACE /people", "405 PGRST117", error("PGRST117", "Unsupported HTTP method: TRACE")),
    Case("1.12 another path", "GET /people/1", "404 PGRST125", error("PGRST125", "Invalid path specified in request URL")),
]


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("dialect", sql=utils.TOP / "test/clients/own.sql")
    bare_pg.sql("vacuum analyze", database="dialect")
    server = utils.Bobbin(scratch, bare_pg, database="dialect", db_schemas="public", db_anon_role="anon", db_max_rows=1000,
                          db_aggregates_enabled=True, db_tx_end="commit-allow-override")
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_row(request, server, case):
    request.node.servers = [server]
    answer = server.request(case.method, case.path, data=case.send and case.send.encode(), headers=case.sent)
    assert answer.status_code == int(case.status), answer.text
    if case.code:
        assert answer.json()["code"] == case.code
    if case.answer is not None:
        assert answer.json() == case.answer
    elif case.method == "HEAD" or case.status in ("201", "204"):
        assert answer.content == b""
    assert case.says is None or case.says in answer.text
    assert {name: answer.headers.get(name) for name in case.headers} == case.headers
