-- Undoes 0032_stock_functions, in reverse order.
-- SPDX-License-Identifier: ISC

drop function erp.receive_goods(bigint,text,jsonb);
drop function erp.post_stock_count(bigint);
drop function erp.start_stock_count(bigint);
drop function erp.transfer_stock(bigint,bigint,jsonb,text);
drop function erp.reverse_stock_move(bigint,text);
drop function erp.post_stock_movement(bigint,bigint,numeric,text,text,bigint,numeric);
