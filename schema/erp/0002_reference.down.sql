-- Undoes 0002_reference, in reverse order.
-- SPDX-License-Identifier: ISC

drop table erp.settings;
drop table erp_private.setting_registry;
drop table erp.departments;
drop table erp.tax_rates;
drop table erp.payment_terms;
drop table erp.units;
drop table erp.ports;
drop table erp.countries;
drop table erp.exchange_rates;
drop table erp.currencies;
drop function erp_private.document_rate();
drop function erp_private.in_base(numeric,numeric);
drop function erp_private.rate_on(text,date);
drop function erp_private.check_setting();
drop function erp_private.setting_text(text);
drop function erp_private.setting_number(text);
drop function erp_private.setting(text);
