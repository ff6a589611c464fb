drop table bobbin.idempotency;
