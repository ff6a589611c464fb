-- The tables as they were agreed on: columns, indexes, values of each status, types of money and quantities, cache classes.
-- What is more than agreed is not looked at.
-- SPDX-License-Identifier: ISC

select plan(9);

-- Columns that each table must have; + stands for id, created_at, updated_at, created_by.
create temp table wanted as
select split_part(line, ': ', 1) as tbl, replace(split_part(line, ': ', 2), '+', 'id created_at updated_at created_by') as columns
from regexp_split_to_table($$
currencies: code name symbol minor_units
exchange_rates: currency_code rate valid_from
countries: code name region dial_code
ports: code name country_code kind search
units: code name dimension factor
unit_conversions: product_id from_unit_code to_unit_code factor
payment_terms: code name net_days advance_pct
tax_rates: code rate kind country_code is_active
departments: code name manager_id
settings: key value description
attachments: + entity entity_id file_name mime size_bytes sha256 storage_key
audit_log: id at user_id action table_name row_id changed request_id
users: + username email full_name employee_no department_id role customer_id buyer_id supplier_id is_active last_login_at locale theme search
roles: name title description is_system
user_roles: user_id role
role_permissions: role table_name action row_rule
notifications: + user_id kind title body entity entity_id severity read_at
doc_transitions: doc_type from_status to_status required_role needs_reason
doc_events: id doc_type doc_id from_status to_status at user_id reason
customers: + code kind first_name last_name company_name email phone is_active customer_group payment_term_id currency_code credit_limit salesperson_id country_code tax_no notes receivable_account_id search
buyers: + code buyer_name brand_name company_name customer_id head_office_country_code email phone website tax_id rating status merchandiser_id search
brands: + buyer_id name
suppliers: + code supplier_name company_name supplier_type contact_person email phone country_code website tax_id rating payment_term_id currency_code lead_time_days is_active buyer_user_id search
contacts: + name company department designation phone email country_code customer_id buyer_id supplier_id is_primary search
addresses: + customer_id buyer_id supplier_id kind line1 line2 city postcode country_code destination_port_id place_of_delivery destination_code warehouse_no incoterm is_default
bank_accounts: + customer_id buyer_id supplier_id account_title bank_name country_code swift_code sort_code account_number currency_code account_type
activities: + customer_id buyer_id supplier_id kind subject body due_at done_at user_id
product_categories: + parent_id code name path sort_order
products: + sku barcode name description kind category_id unit_code sale_price cost_price currency_code tax_rate_id is_active track_lots minimum_stock current_stock weight_g image_key attributes default_supplier_id search
materials: product_id material_category composition construction gsm width_cm yarn_count color_id shrinkage_pct lead_time_days moq wastage_pct
product_suppliers: + product_id supplier_id supplier_code price currency_code min_qty lead_time_days valid_from valid_to is_preferred
price_lists: code name currency_code kind valid_from valid_to is_active
price_list_items: price_list_id product_id min_qty price
warehouses: code name kind country_code address allow_negative is_active manager_id
lots: product_id lot_no supplier_id roll_no shade expiry_date qty_received
stock_moves: id product_id warehouse_id lot_id qty unit_cost move_type source_type source_id source_line_id reverses_id qty_after note moved_at created_at created_by
stock_balances: product_id warehouse_id on_hand reserved avg_cost last_move_id allow_negative
stock_reservations: + product_id warehouse_id qty sales_order_item_id production_order_id released_at
stock_transfers: + transfer_no from_warehouse_id to_warehouse_id status moved_at
stock_transfer_items: stock_transfer_id line_no product_id lot_id qty received_qty
stock_counts: + count_no warehouse_id status counted_at
stock_count_items: stock_count_id product_id lot_id expected_qty counted_qty
sales_orders: + order_no customer_id buyer_reference order_date requested_date status delivery_status billing_status payment_term_id currency_code exchange_rate price_list_id warehouse_id salesperson_id bill_to_address_id ship_to_address_id subtotal discount_amount tax_amount total_amount note confirmed_at cancelled_at cancel_reason row_version
sales_order_items: sales_order_id line_no product_id description qty unit_code unit_price discount_pct tax_rate_id tax_rate line_total delivered_qty invoiced_qty
deliveries: + delivery_no sales_order_id warehouse_id status shipped_at delivered_at carrier tracking_no
delivery_items: delivery_id sales_order_item_id product_id lot_id qty returned_qty
purchase_orders: + po_no supplier_id order_date expected_date status billing_status currency_code exchange_rate incoterm warehouse_id buyer_order_id subtotal tax_amount total_amount approved_by approved_at row_version
purchase_order_items: purchase_order_id line_no product_id qty unit_code unit_price line_total received_qty invoiced_qty required_date
goods_receipts: + receipt_no purchase_order_id warehouse_id supplier_delivery_no status received_at
goods_receipt_items: goods_receipt_id purchase_order_item_id product_id lot_id qty_received qty_rejected unit_cost
accounts: code name parent_id type subtype currency_code is_group is_active search
fiscal_periods: name period status
journal_entries: + entry_no entry_date journal state source_type source_id reverses_id memo total_debit
journal_lines: journal_entry_id line_no account_id debit credit customer_id supplier_id description
invoices: + kind invoice_no supplier_invoice_no customer_id supplier_id sales_order_id purchase_order_id shipment_id status invoice_date due_date currency_code exchange_rate subtotal tax_amount total_amount paid_amount balance journal_entry_id row_version
invoice_items: invoice_id line_no product_id description qty unit_price discount_pct tax_rate line_total sales_order_item_id purchase_order_item_id account_id
payments: + payment_no direction customer_id supplier_id method account_id amount allocated_amount currency_code exchange_rate paid_on reference status journal_entry_id
payment_allocations: payment_id invoice_id amount
seasons: code name starts_on ends_on
colors: code name pantone hex family search
sizes: size_range code sort_order
styles: + style_no name buyer_id brand_id season_id category_id product_type construction gauge customs_group description is_set set_piece_count status smv fob_target tech_pack_attachment_id revision merchandiser_id search
style_variants: + style_id color_id display_name piece_name is_multicolor status search
style_variant_colors: style_variant_id part_name color_id sort_order
style_skus: product_id style_variant_id size_id
style_materials: + style_id style_variant_id size_id material_id placement consumption_per_piece unit_code wastage_pct gross_consumption maturity unit_price
operations: code name operation_type machine_type skill_level standard_minutes search
style_operations: + style_id style_variant_id seq operation_id machine_minutes manual_minutes finishing_minutes basic_minutes sample_id
samples: + sample_no buyer_id style_id style_variant_id sample_type description gauge quantity size_id designer_id worksheet_received_on yarn_received_on required_on current_round status approved_at row_version search
sample_rounds: sample_id round started_on submitted_at courier awb_no sent_on buyer_comment decided_at decision decided_by
buyer_orders: + order_no buyer_po_no buyer_id season_id order_category sales_contract order_date delivery_date ex_factory_date incoterm payment_term_id currency_code status total_qty total_value merchandiser_id note row_version search
buyer_order_lines: buyer_order_id line_no style_id style_variant_id destination_address_id unit_price qty line_value delivery_date shipped_qty
buyer_order_sizes: buyer_order_line_id size_id product_id qty tolerance_pct cut_qty sewn_qty finished_qty packed_qty shipped_qty
tna_tasks: + buyer_order_id sample_id seq activity lead_days planned_start planned_end actual_start actual_end responsible_id status delay_days
production_lines: code name floor kind capacity_minutes_day operators
production_orders: + prod_no buyer_order_line_id warehouse_id planned_start planned_end status planned_qty
cutting_batches: + batch_no production_order_id cut_on marker_efficiency_pct consumption_per_dozen fabric_lot_id plies status
bundles: cutting_batch_id bundle_no size_id qty ply_from ply_to roll_no
production_outputs: id production_order_id size_id stage production_line_id work_date hour good_qty reject_qty operators
inspections: + production_order_id kind inspected_on lot_size sample_size aql major minor critical result inspector_id
shipments: + shipment_no buyer_id mode port_loading_id port_discharge_id vessel container_no bl_no etd eta status cartons gross_kg cbm invoice_id search
cartons: shipment_id carton_no length_cm width_cm height_cm net_kg gross_kg
carton_items: carton_id buyer_order_line_id size_id qty
presentations: + title subtitle owner_id buyer_id customer_id is_active slide_count published_at share_default search
slides: presentation_id position title kind content notes est_seconds
presentation_links: + presentation_id expires_at max_views revoked_at recipient_id
viewers: + email name company customer_id contact_id user_id anon_key country device search
view_sessions: id presentation_id link_id viewer_id started_at ended_at user_agent ip_hash duration_ms slides_seen completed
slide_views: session_id seq slide_id entered_at duration_ms visible_ms
presentation_feedback: + presentation_id session_id rating feedback suggestions options contact_name contact_email contact_phone
slide_stats_daily: slide_id day views unique_viewers total_ms p50_ms exits
$$, '\n') line where line <> '';
select is((select count(*)::int from wanted), 91, 'the list is complete');
select is_empty($$select w.tbl, c from wanted w, regexp_split_to_table(w.columns, ' ') c
  where not exists (select from pg_attribute a where a.attrelid = to_regclass('erp.' || w.tbl) and a.attname = c and not a.attisdropped)$$, 'every table has its columns');

-- Indexes, as PostgreSQL writes them, by the beginning; ! is a unique one. A search column has its trigram index, a reference its own
-- (see 01_layout).
create temp table wanted_indexes as
select ltrim(split_part(line, ': ', 1), '!') as tbl, line like '!%' as is_unique, split_part(line, ': ', 2) as def
from regexp_split_to_table($$
!exchange_rates: (currency_code, valid_from)
!unit_conversions: (product_id, from_unit_code, to_unit_code)
!attachments: (storage_key)
attachments: (entity, entity_id, id DESC)
audit_log: brin (at)
audit_log: (table_name, row_id, at DESC)
audit_log: (user_id, at DESC)
!users: (lower(username))
!users: (lower(email))
user_roles: (role)
role_permissions: (table_name)
notifications: (user_id, id DESC)
notifications: (user_id) WHERE (read_at IS NULL)
doc_events: (doc_type, doc_id, id)
doc_events: brin (at)
customers: (email)
customers: (last_name, first_name)
customers: (created_at)
customers: (is_active, created_at)
customers: (email, is_active)
!customers: (lower(email)) WHERE (email IS NOT NULL)
customers: (salesperson_id, id)
buyers: (buyer_name)
buyers: (email)
buyers: (created_at DESC)
!buyers: (customer_id)
!brands: (buyer_id, name)
suppliers: (supplier_name)
suppliers: (email)
suppliers: (created_at DESC)
suppliers: (supplier_type, is_active)
!contacts: (customer_id) WHERE is_primary
!contacts: (buyer_id) WHERE is_primary
!contacts: (supplier_id) WHERE is_primary
!addresses: (customer_id, kind) WHERE is_default
!addresses: (buyer_id, kind) WHERE is_default
!addresses: (supplier_id, kind) WHERE is_default
activities: (user_id, due_at) WHERE (done_at IS NULL)
!product_categories: (parent_id, name) NULLS NOT DISTINCT
product_categories: (path text_pattern_ops)
!products: (sku)
!products: (barcode)
products: (category_id)
products: (is_active)
products: (created_at)
products: (kind, is_active, name)
products: (id) WHERE ((current_stock <= minimum_stock)
products: gin (attributes jsonb_path_ops)
!products: (name) WHERE (kind = 'material'::text)
materials: (material_category)
!product_suppliers: (product_id, supplier_id, min_qty, valid_from)
!product_suppliers: (product_id) WHERE is_preferred
!price_list_items: (price_list_id, product_id, min_qty)
!lots: (product_id, lot_no)
lots: (expiry_date)
stock_moves: (product_id)
stock_moves: (warehouse_id)
stock_moves: (created_at)
stock_moves: (product_id, warehouse_id, id DESC)
stock_moves: (source_type, source_id)
stock_moves: brin (moved_at)
!stock_moves: (reverses_id)
!stock_balances: (product_id, warehouse_id)
stock_balances: (warehouse_id, product_id)
!stock_reservations: (sales_order_item_id, warehouse_id) WHERE (released_at IS NULL)
stock_reservations: (product_id, warehouse_id) WHERE (released_at IS NULL)
stock_transfers: (status, id DESC)
!stock_transfer_items: (stock_transfer_id, line_no)
!stock_counts: (warehouse_id) WHERE (status = 'counting'::text)
!stock_count_items: (stock_count_id, product_id, lot_id) NULLS NOT DISTINCT
!sales_orders: (order_no)
sales_orders: (customer_id)
sales_orders: (order_date)
sales_orders: (status)
sales_orders: (order_date DESC, id DESC)
sales_orders: (customer_id, order_date DESC, id DESC)
sales_orders: (status, order_date DESC, id DESC)
sales_orders: (salesperson_id, order_date DESC)
sales_orders: gin (order_no gin_trgm_ops)
!sales_order_items: (sales_order_id, line_no)
sales_order_items: (product_id, sales_order_id)
deliveries: (status, id DESC)
deliveries: gin (tracking_no gin_trgm_ops)
!delivery_items: (delivery_id, sales_order_item_id, lot_id) NULLS NOT DISTINCT
purchase_orders: (supplier_id, order_date DESC)
purchase_orders: (status, expected_date)
purchase_orders: (order_date DESC, id DESC)
purchase_orders: gin (po_no gin_trgm_ops)
!purchase_order_items: (purchase_order_id, line_no)
purchase_order_items: (product_id)
!goods_receipts: (supplier_id, supplier_delivery_no) WHERE (status <> 'cancelled'::text)
goods_receipts: (received_at DESC)
!goods_receipt_items: (goods_receipt_id, purchase_order_item_id, lot_id) NULLS NOT DISTINCT
fiscal_periods: gist (period)
journal_entries: (entry_date DESC, id DESC)
journal_entries: (source_type, source_id)
journal_entries: (state) WHERE (state = 'draft'::text)
!journal_entries: (reverses_id)
!journal_lines: (journal_entry_id, line_no)
journal_lines: (account_id, journal_entry_id)
journal_lines: (customer_id) WHERE (customer_id IS NOT NULL)
journal_lines: (supplier_id) WHERE (supplier_id IS NOT NULL)
!invoices: (kind, invoice_no)
!invoices: (journal_entry_id)
!invoices: (supplier_id, supplier_invoice_no) WHERE (kind = 'purchase'::text)
invoices: (customer_id, invoice_date DESC)
invoices: (supplier_id, invoice_date DESC)
invoices: (status, due_date)
invoices: (due_date) INCLUDE (kind, customer_id) WHERE ((balance > (0)::numeric) AND (status = ANY (ARRAY['issued'::text, 'partially_paid'::text])))
!invoice_items: (invoice_id, line_no)
invoice_items: (product_id)
!payments: (direction, method, reference) WHERE (reference IS NOT NULL)
!payments: (journal_entry_id)
payments: (paid_on DESC, id DESC)
payments: (customer_id, paid_on DESC)
!payment_allocations: (payment_id, invoice_id)
payment_allocations: (invoice_id)
!sizes: (size_range, code)
styles: (buyer_id)
styles: (created_at DESC)
styles: (season_id, status)
styles: (status, id DESC)
!style_variants: (style_id, color_id, piece_name) NULLS NOT DISTINCT
!style_variant_colors: (style_variant_id, part_name)
!style_skus: (style_variant_id, size_id)
!style_materials: (style_id, style_variant_id, size_id, material_id, placement) NULLS NOT DISTINCT
style_materials: (material_id)
!style_operations: (style_id, style_variant_id, seq) NULLS NOT DISTINCT
samples: (status)
samples: (sample_type)
samples: (created_at DESC)
samples: (buyer_id, style_id)
samples: (status, required_on)
samples: (designer_id, status)
!sample_rounds: (sample_id, round)
!sample_rounds: (sample_id) WHERE (decision IS NULL)
sample_rounds: (submitted_at)
!buyer_orders: (buyer_id, buyer_po_no)
buyer_orders: (status)
buyer_orders: (order_date DESC)
buyer_orders: (delivery_date)
buyer_orders: (buyer_id, status)
buyer_orders: (created_at DESC)
buyer_orders: (merchandiser_id, delivery_date)
!buyer_order_lines: (buyer_order_id, line_no)
buyer_order_lines: (style_id)
!buyer_order_sizes: (buyer_order_line_id, size_id)
buyer_order_sizes: (product_id)
!tna_tasks: (buyer_order_id, seq)
!tna_tasks: (sample_id, seq)
tna_tasks: (responsible_id, planned_end) WHERE (actual_end IS NULL)
tna_tasks: (planned_end) WHERE (actual_end IS NULL)
production_orders: (status, planned_end)
cutting_batches: (cut_on DESC)
!bundles: (cutting_batch_id, bundle_no)
!production_outputs: (production_order_id, size_id, stage, production_line_id, work_date, hour) NULLS NOT DISTINCT
production_outputs: (work_date DESC, stage)
production_outputs: (production_line_id, work_date)
inspections: (result, inspected_on DESC)
!shipments: (bl_no)
shipments: (status, etd)
shipments: (buyer_id, etd DESC)
!cartons: (shipment_id, carton_no)
!carton_items: (carton_id, buyer_order_line_id, size_id)
carton_items: (buyer_order_line_id, size_id)
presentations: (owner_id, id DESC)
presentations: (created_at DESC)
!slides: (presentation_id, "position")
!viewers: (lower(email)) WHERE (email IS NOT NULL)
!viewers: (anon_key)
view_sessions: (presentation_id, started_at DESC)
view_sessions: (viewer_id, started_at DESC)
view_sessions: brin (started_at)
!slide_views: (session_id, seq, entered_at)
slide_views: (slide_id, entered_at)
slide_views: brin (entered_at)
presentation_feedback: (presentation_id, id DESC)
!slide_stats_daily: (slide_id, day)
slide_stats_daily: (day)
$$, '\n') line where line <> '';
select is_empty($$select w.tbl, w.is_unique, w.def from wanted_indexes w where not exists (
    select from pg_index i
    cross join lateral (select regexp_replace(regexp_replace(pg_get_indexdef(i.indexrelid), '^.* USING (btree )?', ''), '(public|erp)\.', '', 'g') as def) d
    where i.indrelid = to_regclass('erp.' || w.tbl) and i.indisvalid and i.indisunique = w.is_unique and starts_with(d.def, w.def)
      -- One with a WHERE does not stand in for one without.
      and (w.def ~ 'WHERE' or d.def !~ 'WHERE'))$$, 'every index that was agreed on is there');
select is_empty($$select a.attrelid::regclass from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'erp'::regnamespace and c.relkind = 'r' and a.attname = 'search' and (a.attgenerated <> 's' or not exists (
    select from pg_index i where i.indrelid = c.oid and pg_get_indexdef(i.indexrelid) ~ 'USING gin \(search (public\.)?gin_trgm_ops\)'))$$,
  'every search column is generated and has its trigram index');

-- The values of a column: those that its CHECK names, and no others.
create temp table wanted_values as
select split_part(line, '.', 1) as tbl, split_part(split_part(line, '.', 2), ':', 1) as col, string_to_array(split_part(line, ': ', 2), ',') as vals
from regexp_split_to_table($$
ports.kind: sea,air,land
units.dimension: count,length,mass,time,area
tax_rates.kind: sales,purchase
audit_log.action: I,U,D,login,logout,login_failed
role_permissions.action: view,add,change,delete
notifications.severity: info,warn,error
customers.kind: person,company
buyers.status: active,inactive,on_hold
suppliers.supplier_type: fabric,trims,accessories,packaging,yarn,service,goods
addresses.kind: billing,shipping,delivery
addresses.incoterm: EXW,FCA,FOB,CFR,CIF,CPT,CIP,DAP,DPU,DDP
activities.kind: call,email,meeting,task,note
products.kind: goods,material,garment,service
materials.material_category: fabric,trims,accessories,packaging,yarn,thread,chemical
price_lists.kind: sales,purchase
warehouses.kind: goods,fabric,trims,wip,finished,transit,scrap
stock_moves.move_type: receipt,issue,transfer_in,transfer_out,adjust,return_in,return_out,consume,produce,opening
stock_transfers.status: draft,in_transit,done,cancelled
stock_counts.status: draft,counting,posted,cancelled
sales_orders.status: draft,confirmed,picking,shipped,delivered,closed,on_hold,cancelled
sales_orders.delivery_status: none,partial,full
sales_orders.billing_status: none,partial,full
deliveries.status: draft,shipped,delivered,cancelled
purchase_orders.status: draft,approved,sent,partially_received,received,closed,cancelled
goods_receipts.status: draft,posted,cancelled
accounts.type: asset,liability,equity,income,expense
fiscal_periods.status: open,closed
journal_entries.journal: sales,purchase,cash,bank,stock,general
journal_entries.state: draft,posted
invoices.kind: sales,purchase,credit_note,debit_note
invoices.status: draft,issued,partially_paid,paid,cancelled
payments.direction: in,out
payments.method: cash,bank,lc,tt,cheque,card
payments.status: posted,cancelled
styles.status: draft,development,approved,in_production,archived
style_materials.maturity: pre_estimate,sample,confirmed,locked
operations.skill_level: beginner,semi,skilled
samples.sample_type: proto,fit,size_set,salesman,photo,pp,top,shipment,ad_hoc
samples.status: requested,in_development,submitted,approved,approved_with_comments,rejected,on_hold,cancelled
sample_rounds.decision: approved,approved_with_comments,rejected
buyer_orders.status: received,confirmed,in_production,partially_shipped,shipped,invoiced,closed,on_hold,cancelled
tna_tasks.status: pending,started,done,skipped
production_lines.kind: cutting,sewing,finishing,packing
production_orders.status: planned,materials_issued,cutting,sewing,finishing,packing,ready,completed,on_hold,cancelled
production_outputs.stage: cutting,sewing,finishing,packing
inspections.kind: inline,mid,pre_shipment,final
inspections.result: pass,fail,conditional
shipments.mode: sea,air,road,courier
shipments.status: booked,cargo_ready,loaded,in_transit,arrived,cleared,delivered,cancelled
$$, '\n') line where line <> '';
select is_empty($$select w.tbl, w.col from wanted_values w where not exists (
    select from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
    where k.conrelid = to_regclass('erp.' || w.tbl) and k.contype = 'c' and a.attname = w.col and a.atttypid = 'text'::regtype
      and (select array_agg(m[1] order by m[1]) from regexp_matches(pg_get_constraintdef(k.oid), '''([A-Za-z_]+)''::text', 'g') m)
        = (select array_agg(v order by v) from unnest(w.vals) v))$$, 'each status and kind has the values that were agreed on, as text');

-- Money has two decimals, a price four, a quantity three, consumption four of nine digits.
select is_empty($$select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and a.atttypid = 'numeric'::regtype
    and format_type(a.atttypid, a.atttypmod) <> case
      when a.attname ~ '(_price|^price|_cost|^fob_target)$' then 'numeric(14,4)'
      when a.attname ~ '(amount|total|subtotal|balance|debit|credit|credit_limit|value|line_tax)$' then 'numeric(16,2)'
      when a.attname ~ '(^qty|qty$|on_hand|reserved|_stock$|^moq$)' then 'numeric(14,3)'
      when a.attname ~ 'consumption' then 'numeric(9,4)'
      when a.attname in ('exchange_rate', 'rate', 'factor') and c.relname <> 'tax_rates' then 'numeric(18,8)'
      when a.attname ~ '_pct$' then 'numeric(5,2)'
      else format_type(a.atttypid, a.atttypmod) end$$, 'numbers of one kind have one type');
select is_empty($$select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not a.attisdropped
    and (a.attname = 'currency_code' and format_type(a.atttypid, a.atttypmod) <> 'character(3)'
      or a.attname ~ '_at$' and a.atttypid <> 'timestamptz'::regtype or a.attname ~ '(_on|_date)$' and a.atttypid <> 'date'::regtype
      or a.attname ~ '_id$' and a.atttypid not in ('bigint'::regtype, 'uuid'::regtype) and (c.relname, a.attname) not in (('audit_log', 'row_id'), ('audit_log', 'request_id'), ('suppliers', 'tax_id'), ('buyers', 'tax_id')))$$,
  'currencies, times, days and references too');
select is_empty($$select a.attrelid::regclass from pg_attribute a join pg_class c on c.oid = a.attrelid
  join pg_type t on t.oid = a.atttypid where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and t.typtype = 'e'$$, 'no enumerated types');

-- Cache classes.
select set_eq($$select substring(obj_description(c.oid, 'pg_class') from '@cache ([a-z]+)') || ': ' || string_agg(c.relname, ' ' order by c.relname)
    from pg_class c where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
      and obj_description(c.oid, 'pg_class') !~ '@cache (lookup|transactional)' group by substring(obj_description(c.oid, 'pg_class') from '@cache ([a-z]+)')$$,
  array['material: materials product_suppliers unit_conversions',
    'realtime: audit_log notifications slide_views view_sessions',
    'style: presentations slides style_materials style_operations style_skus style_variant_colors style_variants styles',
    'user: presentation_links user_roles users viewers'], 'each table has the cache class that was agreed on');

select * from finish();
