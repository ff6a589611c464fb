do $$ begin
  if to_regclass('bobbin.idempotency') is not null then
    revoke all on bobbin.idempotency from erp_authenticator;
  end if;
end $$;
revoke usage on schema bobbin from erp_authenticator;
