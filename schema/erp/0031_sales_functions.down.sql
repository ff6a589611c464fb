-- Undoes 0031_sales_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.ship_order(bigint,jsonb,text,text);
drop function erp_private.check_order_lines(bigint,jsonb);
drop function erp.cancel_order(bigint,text);
drop function erp.confirm_order(bigint,bigint);
drop function erp_private.lock_order(bigint);
drop function erp.place_order(jsonb,uuid);
drop function erp_private.release_reservations(bigint,numeric);
drop trigger guard_addresses on erp.sales_orders;
drop trigger guard_credit_currency on erp.customers;
drop function erp_private.guard_order_addresses();
drop function erp_private.guard_credit_currency();
drop function erp_private.check_credit_again(bigint);
drop function erp_private.check_credit(bigint,numeric);
drop function erp_private.unbilled(erp.sales_orders);
