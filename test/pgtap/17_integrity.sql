-- Each check of check_integrity() finds what it is for: the data is broken behind the back of all triggers, looked at, and mended.
-- SPDX-License-Identifier: ISC

create temp table breaks (check_name text primary key, how text not null);
insert into breaks
select 'sales_orders: totals are the sums of the lines', 'update sales_orders set subtotal = subtotal + 1 where id = 1' union all
select 'sales_orders: delivery and billing status follow the lines',
  $$update sales_orders set delivery_status = 'partial' where id = (select min(id) from sales_orders where delivery_status = 'full')$$ union all
select 'sales_order_items: delivered_qty is what deliveries say',
  'update sales_order_items set delivered_qty = 0 where id = (select min(id) from sales_order_items where delivered_qty > 0)' union all
select 'sales_order_items: invoiced_qty is what invoices say',
  'update sales_order_items set invoiced_qty = 0 where id = (select min(id) from sales_order_items where invoiced_qty > 0)' union all
select 'purchase_orders: totals are the sums of the lines', 'update purchase_orders set tax_amount = tax_amount + 0.01 where id = 1' union all
select 'purchase_order_items: received_qty is what receipts say',
  'update purchase_order_items set received_qty = 0 where id = (select min(id) from purchase_order_items where received_qty > 0)' union all
select 'purchase_order_items: invoiced_qty is what invoices say',
  'update purchase_order_items set invoiced_qty = 0 where id = (select min(id) from purchase_order_items where invoiced_qty > 0)' union all
select 'stock_balances: on_hand is the sum of the ledger',
  'update stock_balances set on_hand = on_hand + 0.001 where (product_id, warehouse_id) = (select product_id, warehouse_id from stock_balances limit 1)' union all
select 'stock_moves: qty_after is the running sum', 'update stock_moves set qty_after = qty_after + 1 where id = (select min(id) from stock_moves)' union all
select 'stock_balances: reserved is the sum of the open reservations', 'update stock_balances set reserved = 0 where reserved > 0' union all
select 'stock_reservations: what is reserved is still to be delivered, by an order that is open',
  $$update sales_orders set status = 'cancelled', delivery_status = 'none' where id = (select i.sales_order_id from stock_reservations r
    join sales_order_items i on i.id = r.sales_order_item_id where r.released_at is null limit 1)$$ union all
select 'products: current_stock is the sum of the balances', 'update products set current_stock = current_stock + 1 where id = 1' union all
select 'stock_balances: allow_negative is that of the warehouse', 'update warehouses set allow_negative = not allow_negative where id = 1' union all
select 'invoices: totals are the sums of the lines', 'update invoices set subtotal = subtotal + 1 where id = (select min(id) from invoices)' union all
select 'sales sums: what the reports read is what was ordered, for each day, product and salesperson',
  $$update erp_private.sales_daily set orders = orders + 1 where subject = 'company' and span = 'day'$$ union all
select 'sales sums: days, months and years are the same sales',
  $$update erp_private.sales_daily set revenue = revenue + 1 where subject = 'product' and span = 'month'$$ union all
select 'invoices: paid_amount is the sum of the allocations',
  'update invoices set paid_amount = 0 where id = (select min(id) from invoices where paid_amount > 0)' union all
select 'invoices: the status follows what is paid', $$update invoices set status = 'issued' where id = (select min(id) from invoices where status = 'paid')$$ union all
select 'invoices: issued ones are in the journal with the same total, in the base currency',
  $$update invoices set journal_entry_id = null where id = (select min(id) from invoices where status = 'paid')$$ union all
select 'sales_orders: no more discount is given than the order has',
  'update invoices set discount_amount = 0.01 where id = (select min(id) from invoices where sales_order_id is not null and paid_amount = 0)' union all
select 'payments: allocated_amount is the sum of the allocations',
  'update payments set allocated_amount = 0 where id = (select min(id) from payments where allocated_amount > 0)' union all
select 'payments: they are in the journal with the same amount, in the base currency', 'update payments set journal_entry_id = null where id = (select min(id) from payments)' union all
select 'invoices: what is paid is off the books, to the cent once all of it is',
  'update payment_allocations set base_amount = base_amount - 0.01 where invoice_id = (select min(id) from invoices where balance = 0)' union all
select 'receivables and payables: the books owe what invoices and payments leave open, party by party',
  'update journal_lines set customer_id = customer_id + 1 where id = (select min(id) from journal_lines where customer_id is not null)' union all
select 'journal_entries: posted ones balance', 'update journal_lines set debit = debit + 1 where id = (select min(id) from journal_lines where debit > 0)' union all
select 'journal_lines: none is booked on a heading', 'update accounts set is_group = true where id = (select min(account_id) from journal_lines)' union all
select 'accounts: none is below itself',
  'update accounts a set parent_id = c.id from accounts c where c.parent_id = a.id and a.id = (select min(parent_id) from accounts)' union all
select 'users: there is an administrator', $$update users set is_active = false where role = 'erp_admin'$$ union all
select 'accounts: sums by day are those of the journal', 'update erp_private.account_days set debit = debit + 1' union all
select 'journal_entries: numbers have no gaps',
  $$update journal_entries set entry_no = split_part(entry_no, '-', 1) || '-' || split_part(entry_no, '-', 2) || '-9999999'
    where id = (select min(id) from journal_entries where entry_no is not null)$$ union all
select 'invoices: numbers have no gaps',
  $$update invoices set invoice_no = split_part(invoice_no, '-', 1) || '-' || split_part(invoice_no, '-', 2) || '-9999999'
    where id = (select min(id) from invoices where invoice_no is not null)$$ union all
select 'tallies: active products and customers', 'update products set is_active = false where id = (select min(id) from products where is_active)' union all
select 'samples: the current round is the last one, and decided as the status says', 'update samples set current_round = current_round + 1 where id = 1' union all
select 'buyer_order_lines: qty and shipped_qty are the sums of the sizes', 'update buyer_order_lines set qty = qty + 1 where id = 1' union all
select 'buyer_orders: totals are the sums of the lines', 'update buyer_orders set total_value = total_value + 1 where id = 1' union all
select 'buyer_order_sizes: counters are the sums of the hourly output',
  'update production_outputs set good_qty = good_qty + 1 where id = (select min(id) from production_outputs)' union all
select 'buyer_order_sizes: shipped_qty is what left in cartons',
  $$update shipments set status = 'booked' where id = (select min(id) from shipments where status = 'delivered')$$ union all
select 'shipments: cartons is the number of its cartons', 'update shipments set cartons = cartons + 1 where id = 1' union all
select 'styles: smv is the sum of the operations with the allowance', 'update styles set smv = smv + 1 where id = 1' union all
select 'presentations: slide_count is the number of slides', 'update presentations set slide_count = slide_count + 1 where id = 1' union all
select 'view_sessions: duration_ms is the sum of the views', 'update view_sessions set duration_ms = duration_ms + 1 where id = (select id from view_sessions limit 1)' union all
select 'product_categories: path is that of the parent and the code', $$update product_categories set path = path || 'x/' where id = 1$$ union all
select 'role_permissions: the mirror is the grants', $$delete from role_permissions where role = 'erp_viewer' and table_name = 'products'$$;

create function pg_temp.found(what text, how text) returns bigint language plpgsql as $$
declare
  n bigint;
  changed bigint;
begin
  begin
    execute how;
    get diagnostics changed = row_count;
    if changed = 0 then
      raise exception 'nothing was broken by %', how;
    end if;
    select c.bad_count into n from erp.check_integrity() c where c.check_name = what;
    raise sqlstate 'UNDO0';
  exception when sqlstate 'UNDO0' then
    return n;
  end;
end $$;

select plan((select count(*)::int + 2 from breaks));
select set_eq('select check_name from erp.check_integrity()', 'select check_name from breaks', 'each check is broken here');
set local session_replication_role = replica;
select cmp_ok(pg_temp.found(b.check_name, b.how), '>', 0::bigint, b.check_name) from breaks b order by b.check_name;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'and nothing stays broken');
