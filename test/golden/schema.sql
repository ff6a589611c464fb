-- The schema that the golden tests plan against, as PostgreSQL knows it; fixture.c says the same to the catalog builder.
-- SPDX-License-Identifier: ISC
CREATE SCHEMA erp;
CREATE SCHEMA ref;
SET search_path = erp;

CREATE TYPE order_status AS ENUM ('draft', 'open', 'done');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN tag_list AS text[];
CREATE TYPE address AS (street text, city text, zip text);

CREATE TABLE ref.countries (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE customers (
    id bigint PRIMARY KEY, name text NOT NULL, email email UNIQUE, address address, country text REFERENCES ref.countries,
    tags text[], meta jsonb, created_at timestamptz, active boolean, labels tag_list);
CREATE TABLE addresses (
    id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, line text, city text);
CREATE TABLE orders (
    id bigint PRIMARY KEY, order_no text UNIQUE, customer_id bigint NOT NULL REFERENCES customers,
    ship_to bigint REFERENCES addresses, bill_to bigint REFERENCES addresses, status order_status, total numeric(12, 2),
    placed_on date, note text, data json, search tsvector);
CREATE INDEX ON orders (placed_on DESC, id DESC);
CREATE INDEX ON orders (customer_id, id);
CREATE INDEX ON orders (status);
CREATE INDEX ON addresses (customer_id, city, id);
CREATE TABLE products (
    id bigint PRIMARY KEY, sku text UNIQUE, name text NOT NULL, valid daterange, attrs jsonb);
CREATE TABLE product_details (
    product_id bigint PRIMARY KEY REFERENCES products, weight numeric, "notes, long" text);
CREATE TABLE order_lines (
    order_id bigint REFERENCES orders, line_no int, product_id bigint REFERENCES products, qty int, price numeric,
    PRIMARY KEY (order_id, line_no));
CREATE TABLE shipments (id bigint PRIMARY KEY, order_id bigint UNIQUE REFERENCES orders, carrier text);
CREATE TABLE categories (id bigint PRIMARY KEY, name text, parent_id bigint REFERENCES categories);
CREATE TABLE product_categories (
    product_id bigint REFERENCES products, category_id bigint REFERENCES categories, PRIMARY KEY (product_id, category_id));
CREATE TABLE employees (
    id bigint PRIMARY KEY, name text, manager_id bigint REFERENCES employees, mentor_id bigint REFERENCES employees);
CREATE TABLE "Odd Table" ("a.b" int PRIMARY KEY, "col,umn" text, "we""ird" text, "select" text, "Ünï x" text);
CREATE TABLE audit (at timestamptz, what text);
CREATE DOMAIN shade AS int;
CREATE FUNCTION shade_json(shade) RETURNS json IMMUTABLE LANGUAGE sql AS $$ SELECT to_json('#' || lpad(to_hex($1), 6, '0')) $$;
CREATE FUNCTION shade_of(text) RETURNS shade IMMUTABLE LANGUAGE sql
    AS $$ SELECT (('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int)::erp.shade $$;
CREATE FUNCTION shade_of(json) RETURNS shade IMMUTABLE LANGUAGE sql AS $$ SELECT erp.shade_of($1 #>> '{}') $$;
CREATE CAST (shade AS json) WITH FUNCTION shade_json(shade) AS IMPLICIT;
CREATE CAST (json AS shade) WITH FUNCTION shade_of(json) AS IMPLICIT;
CREATE CAST (text AS shade) WITH FUNCTION shade_of(text) AS IMPLICIT;
CREATE TABLE paints (id int PRIMARY KEY, shade shade DEFAULT 255, base_id int REFERENCES paints);
CREATE VIEW order_overview AS SELECT id, order_no, customer_id, total FROM orders;

CREATE FUNCTION full_label(customers) RETURNS text STABLE LANGUAGE sql
    AS $$ SELECT $1.name || ' <' || $1.email || '>' $$;
CREATE FUNCTION line_total(order_lines) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT $1.qty * $1.price $$;
CREATE FUNCTION latest_order(customers) RETURNS SETOF orders ROWS 1 STABLE LANGUAGE sql
    AS $$ SELECT * FROM erp.orders WHERE customer_id = $1.id ORDER BY placed_on DESC, id DESC LIMIT 1 $$;
CREATE FUNCTION open_orders(customers) RETURNS SETOF orders STABLE LANGUAGE sql
    AS $$ SELECT * FROM erp.orders WHERE customer_id = $1.id AND status = 'open' $$;
CREATE FUNCTION orders_of(customer bigint, since date DEFAULT '2000-01-01') RETURNS SETOF orders STABLE LANGUAGE sql
    AS $$ SELECT * FROM erp.orders WHERE customer_id = customer AND placed_on >= since $$;
CREATE FUNCTION place_order(json) RETURNS bigint LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION place_order(customer bigint, note text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$ SELECT 2 $$;
CREATE FUNCTION tag_all(prefix text, VARIADIC tags text[]) RETURNS SETOF text LANGUAGE sql
    AS $$ SELECT prefix || t FROM unnest(tags) t $$;
CREATE FUNCTION tidy() RETURNS void LANGUAGE sql AS $$ $$;

CREATE DOMAIN "image/png" AS bytea;
CREATE DOMAIN "application/yaml" AS text;
CREATE DOMAIN "text/vcard" AS text;
CREATE DOMAIN "*/*" AS text;
CREATE FUNCTION picture(id bigint) RETURNS "image/png" STABLE LANGUAGE sql AS $$ SELECT '\x89504e47'::bytea $$;
CREATE FUNCTION yaml_line(text, anyelement) RETURNS text LANGUAGE sql AS $$ SELECT $1 || '- ' || to_json($2) || E'\n' $$;
CREATE FUNCTION yaml_end(text) RETURNS "application/yaml" LANGUAGE sql AS $$ SELECT $1 $$;
CREATE AGGREGATE as_yaml(anyelement) (SFUNC = yaml_line, STYPE = text, FINALFUNC = yaml_end, INITCOND = '');
CREATE FUNCTION vcard_line(text, customers) RETURNS text LANGUAGE sql AS $$ SELECT $1 || 'FN:' || $2.name || E'\n' $$;
CREATE FUNCTION vcard_end(text) RETURNS "text/vcard" LANGUAGE sql AS $$ SELECT $1 $$;
CREATE AGGREGATE as_vcard(customers) (SFUNC = vcard_line, STYPE = text, FINALFUNC = vcard_end, INITCOND = '');
CREATE FUNCTION anything_line(text, audit) RETURNS text LANGUAGE sql AS $$ SELECT $1 || $2.what $$;
CREATE FUNCTION anything_end(text) RETURNS "*/*" LANGUAGE sql AS $$ SELECT $1 $$;
CREATE AGGREGATE as_anything(audit) (SFUNC = anything_line, STYPE = text, FINALFUNC = anything_end, INITCOND = '');
CREATE FUNCTION st_asgeojson(r record) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN
    RETURN json_build_object('type', 'Feature', 'properties', row_to_json(r)); END $$;

INSERT INTO ref.countries VALUES ('at', 'Austria'), ('de', 'Germany');
INSERT INTO customers VALUES
    (1, 'Ada', 'ada@x.org', ROW('Main St 1', 'Wien', '1010'), 'at', '{vip,"a,b"}', '{"tier": 1, "prefs": {"lang": "de"}, "seen": [1, 2, 3]}',
     '2025-01-01 10:00+00', true, '{x}'),
    (2, 'Bob', 'bob@x.org', NULL, 'de', '{}', '{"tier": 2}', '2025-02-01 10:00+00', false, NULL),
    (3, 'Cy', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO addresses VALUES (1, 1, 'Main St 1', 'Wien'), (2, 1, 'Dock 2', 'Linz'), (3, 2, 'Allee 3', 'Bonn');
INSERT INTO orders VALUES
    (1, 'A-1', 1, 1, 2, 'open', 100.50, '2025-03-01', 'fast', '{"k": "v", "n": 5}', to_tsvector('english', 'fat cats')),
    (2, 'A-2', 1, 2, 2, 'done', 20, '2025-03-02', NULL, NULL, to_tsvector('english', 'rats')),
    (3, 'B-1', 2, 3, NULL, 'open', 7, '2025-03-03', '100% *', '{"k": "w"}', NULL),
    (4, 'B-2', 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO products VALUES
    (1, 'P1', 'Pen', '[2025-01-01,2026-01-01)', '{"color": "red"}'), (2, 'P2', 'Ink', NULL, NULL), (3, 'P3', 'Pad', NULL, NULL);
INSERT INTO product_details VALUES (1, 0.1, 'a "pen"');
INSERT INTO order_lines VALUES (1, 1, 1, 2, 10), (1, 2, 2, 1, 80.5), (2, 1, 1, 2, 10), (3, 1, 3, 7, 1);
INSERT INTO shipments VALUES (1, 1, 'post'), (2, 3, 'bike');
INSERT INTO categories VALUES (1, 'Office', NULL), (2, 'Writing', 1), (3, 'Paper', 1);
INSERT INTO product_categories VALUES (1, 2), (1, 1), (2, 2), (3, 3);
INSERT INTO employees VALUES (1, 'Boss', NULL, NULL), (2, 'Kim', 1, 1), (3, 'Lee', 1, 2);
INSERT INTO "Odd Table" VALUES (1, 'c', 'w"w', 's', 'u');
INSERT INTO paints VALUES (1, 255, NULL), (2, 65280, 1), (3, NULL, 1);
INSERT INTO audit VALUES ('2025-01-01', 'start');
ANALYZE;
