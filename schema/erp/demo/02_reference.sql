-- Demo data: reference tables.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_reference(scale text) returns bigint
language plpgsql as $$
begin
  insert into erp.currencies (code, name, symbol, minor_units) values
    ('USD', 'US Dollar', '$', 2), ('EUR', 'Euro', '€', 2), ('GBP', 'Pound Sterling', '£', 2),
    ('TRY', 'Turkish Lira', '₺', 2), ('BDT', 'Bangladeshi Taka', '৳', 2), ('SEK', 'Swedish Krona', 'kr', 2),
    ('DKK', 'Danish Krone', 'kr', 2), ('PLN', 'Polish Złoty', 'zł', 2), ('CHF', 'Swiss Franc', 'Fr', 2),
    ('CNY', 'Chinese Yuan', '¥', 2), ('INR', 'Indian Rupee', '₹', 2), ('VND', 'Vietnamese Dong', '₫', 0),
    ('JPY', 'Japanese Yen', '¥', 0), ('AED', 'UAE Dirham', 'د.إ', 2), ('KWD', 'Kuwaiti Dinar', 'د.ك', 3);
  insert into erp.countries (code, name, region, dial_code) values
    ('DE', 'Germany', 'Europe', '+49'), ('GB', 'United Kingdom', 'Europe', '+44'), ('US', 'United States', 'Americas', '+1'),
    ('SE', 'Sweden', 'Europe', '+46'), ('DK', 'Denmark', 'Europe', '+45'), ('FR', 'France', 'Europe', '+33'),
    ('ES', 'Spain', 'Europe', '+34'), ('IT', 'Italy', 'Europe', '+39'), ('NL', 'Netherlands', 'Europe', '+31'),
    ('PL', 'Poland', 'Europe', '+48'), ('TR', 'Türkiye', 'Asia', '+90'), ('BD', 'Bangladesh', 'Asia', '+880'),
    ('CN', 'China', 'Asia', '+86'), ('IN', 'India', 'Asia', '+91'), ('VN', 'Viet Nam', 'Asia', '+84'),
    ('JP', 'Japan', 'Asia', '+81'), ('AE', 'United Arab Emirates', 'Asia', '+971'), ('CI', 'Côte d''Ivoire', 'Africa', '+225'),
    ('CH', 'Switzerland', 'Europe', '+41'), ('AT', 'Austria', 'Europe', '+43'), ('BE', 'Belgium', 'Europe', '+32'),
    ('PT', 'Portugal', 'Europe', '+351'), ('FI', 'Finland', 'Europe', '+358'), ('NO', 'Norway', 'Europe', '+47'),
    ('CA', 'Canada', 'Americas', '+1'), ('MX', 'Mexico', 'Americas', '+52'), ('BR', 'Brazil', 'Americas', '+55'),
    ('AU', 'Australia', 'Oceania', '+61'), ('ZA', 'South Africa', 'Africa', '+27'), ('KR', 'South Korea', 'Asia', '+82');
  insert into erp.ports (code, name, country_code, kind) values
    ('BDCGP', 'Chattogram', 'BD', 'sea'), ('BDDAC', 'Dhaka', 'BD', 'air'), ('DEHAM', 'Hamburg', 'DE', 'sea'),
    ('DEFRA', 'Frankfurt', 'DE', 'air'), ('NLRTM', 'Rotterdam', 'NL', 'sea'), ('BEANR', 'Antwerpen', 'BE', 'sea'),
    ('GBFXT', 'Felixstowe', 'GB', 'sea'), ('GBLHR', 'London Heathrow', 'GB', 'air'), ('USNYC', 'New York', 'US', 'sea'),
    ('USLAX', 'Los Angeles', 'US', 'sea'), ('TRIST', 'İstanbul', 'TR', 'sea'), ('CNSHA', 'Shanghai', 'CN', 'sea'),
    ('CNSZX', 'Shenzhen', 'CN', 'sea'), ('VNSGN', 'Hồ Chí Minh', 'VN', 'sea'), ('SEGOT', 'Göteborg', 'SE', 'sea'),
    ('DKAAR', 'Århus', 'DK', 'sea'), ('FRLEH', 'Le Havre', 'FR', 'sea'), ('ESBCN', 'Barcelona', 'ES', 'sea'),
    ('ITGOA', 'Genova', 'IT', 'sea'), ('PLGDN', 'Gdańsk', 'PL', 'sea'), ('JPTYO', 'Tokyo', 'JP', 'sea'),
    ('AEJEA', 'Jebel Ali', 'AE', 'sea'), ('INBOM', 'Mumbai', 'IN', 'sea'), ('DEBER', 'Berlin', 'DE', 'land');
  insert into erp.units (code, name, dimension, factor) values
    ('pcs', 'Piece', 'count', 1), ('dz', 'Dozen', 'count', 12), ('pr', 'Pair', 'count', 2), ('set', 'Set', 'count', 1),
    ('gg', 'Great gross', 'count', 1728), ('gr', 'Gross', 'count', 144), ('box', 'Box', 'count', 1),
    ('cone', 'Cone', 'count', 1), ('roll', 'Roll', 'count', 1), ('m', 'Metre', 'length', 1), ('cm', 'Centimetre', 'length', 0.01),
    ('yd', 'Yard', 'length', 0.9144), ('in', 'Inch', 'length', 0.0254), ('kg', 'Kilogram', 'mass', 1),
    ('g', 'Gram', 'mass', 0.001), ('lb', 'Pound', 'mass', 0.45359237), ('t', 'Tonne', 'mass', 1000),
    ('min', 'Minute', 'time', 1), ('h', 'Hour', 'time', 60), ('d', 'Day', 'time', 1440), ('m2', 'Square metre', 'area', 1);
  insert into erp.payment_terms (code, name, net_days, advance_pct) values
    ('CASH', 'Cash on delivery', 0, 0), ('NET7', '7 days', 7, 0), ('NET14', '14 days', 14, 0), ('NET30', '30 days', 30, 0),
    ('NET45', '45 days', 45, 0), ('NET60', '60 days', 60, 0), ('NET90', '90 days', 90, 0), ('ADV30', '30 % in advance', 30, 30),
    ('ADV100', 'In advance', 0, 100), ('LC60', 'Letter of credit, 60 days', 60, 0), ('LCSIGHT', 'Letter of credit at sight', 0, 0),
    ('TT50', 'Half by TT in advance', 30, 50);
  insert into erp.tax_rates (code, name, rate, kind, country_code, is_active) values
    ('Z0', 'Zero rated', 0, 'sales', null, true), ('DE19', 'USt. 19 %', 19, 'sales', 'DE', true),
    ('DE7', 'USt. 7 %', 7, 'sales', 'DE', true), ('GB20', 'VAT 20 %', 20, 'sales', 'GB', true),
    ('TR20', 'KDV %20', 20, 'sales', 'TR', true), ('TR18', 'KDV %18 (until 2023)', 18, 'sales', 'TR', false),
    ('BD15', 'VAT 15 %', 15, 'sales', 'BD', true), ('FR20', 'TVA 20 %', 20, 'sales', 'FR', true),
    ('SE25', 'Moms 25 %', 25, 'sales', 'SE', true), ('PZ0', 'Zero rated purchase', 0, 'purchase', null, true),
    ('PDE19', 'Vorsteuer 19 %', 19, 'purchase', 'DE', true), ('PBD15', 'Input VAT 15 %', 15, 'purchase', 'BD', true);
  insert into erp.exchange_rates (currency_code, rate, valid_from)
  select c.code, round((c.base * (1 + 0.08 * (erp_demo.u(m, 900 + ascii(c.code) * 7 + ascii(substr(c.code, 2))) - 0.5)))::numeric, 8),
         (date '2022-12-01' + make_interval(months => m))::date
  from (values ('EUR', 1.09), ('GBP', 1.27), ('TRY', 0.031), ('BDT', 0.0084), ('SEK', 0.095), ('DKK', 0.146), ('PLN', 0.25),
               ('CHF', 1.13), ('CNY', 0.14), ('INR', 0.012), ('VND', 0.00004), ('JPY', 0.0067), ('AED', 0.272),
               ('KWD', 3.25)) c(code, base), generate_series(0, 37) m;
  insert into erp.departments (code, name) values
    ('MGT', 'Management'), ('SAL', 'Sales'), ('PUR', 'Purchasing'), ('WHS', 'Warehouse'), ('MER', 'Merchandising'),
    ('ACC', 'Accounting'), ('PRD', 'Production'), ('QA', 'Quality'), ('DES', 'Design'), ('IT', 'IT');
  insert into erp.settings (key, value, description) select key, fallback, description from erp_private.setting_registry;
  perform erp_demo.fix_identity('settings');
  return (select sum(c) from (values ((select count(*) from erp.currencies)), ((select count(*) from erp.countries)),
    ((select count(*) from erp.ports)), ((select count(*) from erp.units)), ((select count(*) from erp.payment_terms)),
    ((select count(*) from erp.tax_rates)), ((select count(*) from erp.exchange_rates)),
    ((select count(*) from erp.departments)), ((select count(*) from erp.settings))) t(c));
end $$;
