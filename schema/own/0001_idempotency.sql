-- Answers to writes that came with an Idempotency-Key, each written in the transaction of its write: where the answer
-- is, the write is, and the other way round. Used by the login role of the server alone; `bobbin migrate up --grant
-- ROLE` lets it. Rows past their time are removed a few at a time by later writes.
-- SPDX-License-Identifier: ISC

create table bobbin.idempotency (
  key text primary key check (length(key) between 1 and 255),
  fingerprint text not null,
  expires_at timestamptz not null,
  status smallint,
  headers text,
  body bytea
);
create index idempotency_expires_at_idx on bobbin.idempotency (expires_at);

comment on table bobbin.idempotency is 'Answers to requests that came with an Idempotency-Key, to be repeated';
comment on column bobbin.idempotency.fingerprint is 'SHA-256 of all that makes the request: principal, method, target, headers, body';
