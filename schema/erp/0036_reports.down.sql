-- Undoes 0036_reports, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.tna_overdue(bigint,date);
drop function erp.search_all(text,integer);
drop function erp.customer_statement(bigint,date);
drop function erp.stock_valuation(date);
drop function erp.trial_balance(date,date);
drop function erp.ar_ageing(date);
drop function erp.presentation_engagement(bigint,date,date);
drop function erp.sample_turnaround(date,date,bigint);
drop function erp.buyer_order_book(bigint,bigint);
drop function erp.sales_by_salesperson(date,date);
drop function erp.top_products(date,date,integer);
drop function erp.sales_by_month(date,date,text);
drop function erp.customer_order_history(bigint,date,date,integer);
drop function erp.dashboard_stats(integer,date);
drop function erp.rollup_reports();
drop trigger tally_update on erp.customers;
drop trigger tally on erp.customers;
drop trigger tally_update on erp.products;
drop trigger tally on erp.products;
drop trigger sales_deleted on erp.sales_orders;
drop trigger sales_changed on erp.sales_orders;
drop function erp_private.only_mine();
drop function erp_private.sales_of(erp_private.sales_subject,date,date);
drop function erp_private.span_days(text,date,date);
drop function erp_private.tally();
drop function erp_private.sales_changed();
drop function erp_private.add_sales(erp.sales_orders,integer);
drop table erp_private.tallies;
drop table erp_private.sales_daily;
drop type erp_private.sales_span;
drop type erp_private.sales_subject;
