-- The shop, in third normal form. Every constraint has a name, every table and column a comment.
-- Amounts are numeric(12,2) in the currency beside them; times are instants (timestamptz).

CREATE TABLE languages (
    language_code text NOT NULL,
    name text NOT NULL,
    script text NOT NULL,
    CONSTRAINT languages_pkey PRIMARY KEY (language_code),
    CONSTRAINT languages_name_key UNIQUE (name)
);
COMMENT ON TABLE languages IS 'A language that customers speak and texts are written in.';
COMMENT ON COLUMN languages.language_code IS 'ISO 639-1 code.';
COMMENT ON COLUMN languages.name IS 'What its speakers call it.';
COMMENT ON COLUMN languages.script IS 'The script that it is written in.';

CREATE TABLE currencies (
    currency_code text NOT NULL,
    name text NOT NULL,
    minor_digits smallint NOT NULL,
    CONSTRAINT currencies_pkey PRIMARY KEY (currency_code),
    CONSTRAINT currencies_name_key UNIQUE (name),
    CONSTRAINT currencies_minor_digits_check CHECK (minor_digits IN (0, 2)),
    CONSTRAINT currencies_currency_code_check CHECK (currency_code ~ '^[A-Z]{3}$')
);
COMMENT ON TABLE currencies IS 'A currency that prices and payments are stated in.';
COMMENT ON COLUMN currencies.currency_code IS 'ISO 4217 code.';
COMMENT ON COLUMN currencies.name IS 'Name in English or its own language.';
COMMENT ON COLUMN currencies.minor_digits IS 'Digits after the point that its amounts may have: 2, or 0 for the yen.';

CREATE TABLE countries (
    country_code text NOT NULL,
    name text NOT NULL,
    language_code text NOT NULL,
    currency_code text NOT NULL,
    CONSTRAINT countries_pkey PRIMARY KEY (country_code),
    CONSTRAINT countries_name_key UNIQUE (name),
    CONSTRAINT countries_language_code_fkey FOREIGN KEY (language_code) REFERENCES languages,
    CONSTRAINT countries_currency_code_fkey FOREIGN KEY (currency_code) REFERENCES currencies
);
COMMENT ON TABLE countries IS 'A country that the shop delivers to.';
COMMENT ON COLUMN countries.country_code IS 'ISO 3166-1 alpha-2 code.';
COMMENT ON COLUMN countries.name IS 'Name in English.';
COMMENT ON COLUMN countries.language_code IS 'The language that the shop speaks there.';
COMMENT ON COLUMN countries.currency_code IS 'The country''s own currency.';

CREATE TABLE regions (
    region_id integer NOT NULL,
    country_code text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL,
    CONSTRAINT regions_pkey PRIMARY KEY (region_id),
    CONSTRAINT regions_country_code_name_key UNIQUE (country_code, name),
    CONSTRAINT regions_country_code_fkey FOREIGN KEY (country_code) REFERENCES countries
);
COMMENT ON TABLE regions IS 'A part of a country; where a customer lives decides climate, clock and taste.';
COMMENT ON COLUMN regions.region_id IS 'Number of the region.';
COMMENT ON COLUMN regions.country_code IS 'The country that it is part of.';
COMMENT ON COLUMN regions.name IS 'Its name, in the country''s language; invented.';
COMMENT ON COLUMN regions.time_zone IS 'IANA name of the zone in which its people live.';

CREATE TABLE warehouses (
    warehouse_id integer NOT NULL,
    region_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT warehouses_pkey PRIMARY KEY (warehouse_id),
    CONSTRAINT warehouses_name_key UNIQUE (name),
    CONSTRAINT warehouses_region_id_fkey FOREIGN KEY (region_id) REFERENCES regions
);
COMMENT ON TABLE warehouses IS 'A building that goods are sent from.';
COMMENT ON COLUMN warehouses.warehouse_id IS 'Number of the warehouse.';
COMMENT ON COLUMN warehouses.region_id IS 'Where it stands.';
COMMENT ON COLUMN warehouses.name IS 'What its people call it.';

CREATE TABLE tenants (
    tenant_id integer NOT NULL,
    name text NOT NULL,
    country_code text NOT NULL,
    opened_at timestamptz NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_name_key UNIQUE (name),
    CONSTRAINT tenants_country_code_fkey FOREIGN KEY (country_code) REFERENCES countries
);
COMMENT ON TABLE tenants IS 'A seller that trades through the shop; their sizes differ by two orders of magnitude.';
COMMENT ON COLUMN tenants.tenant_id IS 'Number of the seller; 1 is by far the largest.';
COMMENT ON COLUMN tenants.name IS 'The name it trades under.';
COMMENT ON COLUMN tenants.country_code IS 'Where it is at home.';
COMMENT ON COLUMN tenants.opened_at IS 'When it began to sell here.';

CREATE TABLE tenant_currencies (
    tenant_id integer NOT NULL,
    currency_code text NOT NULL,
    CONSTRAINT tenant_currencies_pkey PRIMARY KEY (tenant_id, currency_code),
    CONSTRAINT tenant_currencies_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT tenant_currencies_currency_code_fkey FOREIGN KEY (currency_code) REFERENCES currencies
);
COMMENT ON TABLE tenant_currencies IS 'A currency that a seller sells in.';
COMMENT ON COLUMN tenant_currencies.tenant_id IS 'The seller.';
COMMENT ON COLUMN tenant_currencies.currency_code IS 'The currency.';

CREATE TABLE brands (
    brand_id integer NOT NULL,
    name text NOT NULL,
    tier smallint NOT NULL,
    CONSTRAINT brands_pkey PRIMARY KEY (brand_id),
    CONSTRAINT brands_name_key UNIQUE (name),
    CONSTRAINT brands_tier_check CHECK (tier BETWEEN 1 AND 4)
);
COMMENT ON TABLE brands IS 'A maker''s name on goods.';
COMMENT ON COLUMN brands.brand_id IS 'Number of the brand.';
COMMENT ON COLUMN brands.name IS 'The brand.';
COMMENT ON COLUMN brands.tier IS 'How dear its goods are for their kind: 1 plain to 4 dear.';

CREATE TABLE categories (
    category_id integer NOT NULL,
    parent_id integer,
    slug text NOT NULL,
    name text NOT NULL,
    CONSTRAINT categories_pkey PRIMARY KEY (category_id),
    CONSTRAINT categories_slug_key UNIQUE (slug),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories,
    CONSTRAINT categories_parent_id_check CHECK (parent_id <> category_id)
);
COMMENT ON TABLE categories IS 'A kind of goods, in a tree; goods hang on its leaves.';
COMMENT ON COLUMN categories.category_id IS 'Number of the category.';
COMMENT ON COLUMN categories.parent_id IS 'The wider category; NULL at the top.';
COMMENT ON COLUMN categories.slug IS 'Its name in addresses of pages.';
COMMENT ON COLUMN categories.name IS 'Its name in English.';

CREATE TABLE products (
    product_id integer NOT NULL,
    tenant_id integer NOT NULL,
    brand_id integer NOT NULL,
    category_id integer NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    weight_g integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (product_id),
    CONSTRAINT products_sku_key UNIQUE (sku),
    CONSTRAINT products_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT products_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands,
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories,
    CONSTRAINT products_weight_g_check CHECK (weight_g > 0),
    CONSTRAINT products_updated_at_check CHECK (updated_at >= created_at)
);
COMMENT ON TABLE products IS 'Something that one seller sells.';
COMMENT ON COLUMN products.product_id IS 'Number of the product.';
COMMENT ON COLUMN products.tenant_id IS 'Who sells it.';
COMMENT ON COLUMN products.brand_id IS 'Whose name is on it.';
COMMENT ON COLUMN products.category_id IS 'The leaf of the tree on which it hangs.';
COMMENT ON COLUMN products.sku IS 'The stock-keeping unit, printed on the box.';
COMMENT ON COLUMN products.name IS 'Its name, in English.';
COMMENT ON COLUMN products.description IS 'What it is made of, what it is good for, how to care for it; English.';
COMMENT ON COLUMN products.weight_g IS 'Weight with its box, in grams.';
COMMENT ON COLUMN products.created_at IS 'When it was first offered.';
COMMENT ON COLUMN products.updated_at IS 'When this row last changed.';

CREATE TABLE product_texts (
    product_id integer NOT NULL,
    language_code text NOT NULL,
    name text NOT NULL,
    CONSTRAINT product_texts_pkey PRIMARY KEY (product_id, language_code),
    CONSTRAINT product_texts_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT product_texts_language_code_fkey FOREIGN KEY (language_code) REFERENCES languages
);
COMMENT ON TABLE product_texts IS 'What a product is called in one more language.';
COMMENT ON COLUMN product_texts.product_id IS 'The product.';
COMMENT ON COLUMN product_texts.language_code IS 'The language of the text.';
COMMENT ON COLUMN product_texts.name IS 'The name in that language.';

CREATE TABLE prices (
    product_id integer NOT NULL,
    currency_code text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    amount numeric(12,2) NOT NULL,
    CONSTRAINT prices_pkey PRIMARY KEY (product_id, currency_code, valid_from),
    CONSTRAINT prices_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT prices_currency_code_fkey FOREIGN KEY (currency_code) REFERENCES currencies,
    CONSTRAINT prices_amount_check CHECK (amount > 0),
    CONSTRAINT prices_valid_to_check CHECK (valid_to > valid_from)
);
COMMENT ON TABLE prices IS 'What one piece of a product costs in a currency during a period.';
COMMENT ON COLUMN prices.product_id IS 'The product.';
COMMENT ON COLUMN prices.currency_code IS 'The currency of the amount.';
COMMENT ON COLUMN prices.valid_from IS 'First instant of the period.';
COMMENT ON COLUMN prices.valid_to IS 'First instant after the period; NULL while it lasts.';
COMMENT ON COLUMN prices.amount IS 'Price of one piece, tax included.';

CREATE TABLE promotions (
    promotion_id integer NOT NULL,
    code text NOT NULL,
    category_id integer NOT NULL,
    percent_off smallint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT promotions_pkey PRIMARY KEY (promotion_id),
    CONSTRAINT promotions_code_key UNIQUE (code),
    CONSTRAINT promotions_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories,
    CONSTRAINT promotions_percent_off_check CHECK (percent_off BETWEEN 1 AND 90),
    CONSTRAINT promotions_ends_at_check CHECK (ends_at > starts_at)
);
COMMENT ON TABLE promotions IS 'A time in which the goods of one category cost less.';
COMMENT ON COLUMN promotions.promotion_id IS 'Number of the promotion.';
COMMENT ON COLUMN promotions.code IS 'What it is announced as.';
COMMENT ON COLUMN promotions.category_id IS 'The category whose goods are cheaper.';
COMMENT ON COLUMN promotions.percent_off IS 'By how many percent.';
COMMENT ON COLUMN promotions.starts_at IS 'First instant.';
COMMENT ON COLUMN promotions.ends_at IS 'First instant after it.';

CREATE TABLE users (
    user_id integer NOT NULL,
    email text NOT NULL,
    display_name text NOT NULL,
    region_id integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (user_id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_region_id_fkey FOREIGN KEY (region_id) REFERENCES regions,
    CONSTRAINT users_email_check CHECK (email = lower(email) AND email LIKE '%_@_%'),
    CONSTRAINT users_updated_at_check CHECK (updated_at >= created_at)
);
COMMENT ON TABLE users IS 'A customer with an account.';
COMMENT ON COLUMN users.user_id IS 'Number of the customer, in the order of joining.';
COMMENT ON COLUMN users.email IS 'Address under which the customer signs in; lower case.';
COMMENT ON COLUMN users.display_name IS 'Name as the customer writes it.';
COMMENT ON COLUMN users.region_id IS 'Where the customer lives.';
COMMENT ON COLUMN users.created_at IS 'When the account was opened.';
COMMENT ON COLUMN users.updated_at IS 'When this row last changed.';

CREATE TABLE credentials (
    user_id integer NOT NULL,
    scheme text NOT NULL,
    secret text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT credentials_pkey PRIMARY KEY (user_id),
    CONSTRAINT credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users,
    CONSTRAINT credentials_scheme_check CHECK (scheme IN ('argon2id', 'bcrypt', 'scrypt'))
);
COMMENT ON TABLE credentials IS 'How a customer proves who it is, kept apart from who it is.';
COMMENT ON COLUMN credentials.user_id IS 'The customer.';
COMMENT ON COLUMN credentials.scheme IS 'How the secret was made.';
COMMENT ON COLUMN credentials.secret IS 'A placeholder where a real shop has a salted hash; nobody''s password opens it.';
COMMENT ON COLUMN credentials.changed_at IS 'When the secret was last set.';

CREATE TABLE addresses (
    user_id integer NOT NULL,
    address_no smallint NOT NULL,
    recipient text NOT NULL,
    street text NOT NULL,
    city text NOT NULL,
    postal_code text NOT NULL,
    region_id integer NOT NULL,
    phone text,
    created_at timestamptz NOT NULL,
    CONSTRAINT addresses_pkey PRIMARY KEY (user_id, address_no),
    CONSTRAINT addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users,
    CONSTRAINT addresses_region_id_fkey FOREIGN KEY (region_id) REFERENCES regions,
    CONSTRAINT addresses_address_no_check CHECK (address_no >= 1)
);
COMMENT ON TABLE addresses IS 'A place to which a customer has goods sent.';
COMMENT ON COLUMN addresses.user_id IS 'The customer.';
COMMENT ON COLUMN addresses.address_no IS '1 is the first that the customer entered.';
COMMENT ON COLUMN addresses.recipient IS 'Name on the parcel.';
COMMENT ON COLUMN addresses.street IS 'Street and number.';
COMMENT ON COLUMN addresses.city IS 'City; invented.';
COMMENT ON COLUMN addresses.postal_code IS 'Postal code as it is written there.';
COMMENT ON COLUMN addresses.region_id IS 'The region that the city lies in.';
COMMENT ON COLUMN addresses.phone IS 'A number that nobody can be called under (reserved for fiction); NULL where a country reserves none.';
COMMENT ON COLUMN addresses.created_at IS 'When the address was entered.';

CREATE TABLE sessions (
    session_id bigint NOT NULL,
    user_id integer,
    region_id integer NOT NULL,
    device text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (session_id),
    CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users,
    CONSTRAINT sessions_region_id_fkey FOREIGN KEY (region_id) REFERENCES regions,
    CONSTRAINT sessions_device_check CHECK (device IN ('phone', 'desktop', 'tablet')),
    CONSTRAINT sessions_ended_at_check CHECK (ended_at >= started_at)
);
COMMENT ON TABLE sessions IS 'A visit to the shop.';
COMMENT ON COLUMN sessions.session_id IS 'Number of the visit, in the order of beginning.';
COMMENT ON COLUMN sessions.user_id IS 'Who visited; NULL for somebody who did not sign in.';
COMMENT ON COLUMN sessions.region_id IS 'Where the visit came from.';
COMMENT ON COLUMN sessions.device IS 'What it was made with.';
COMMENT ON COLUMN sessions.started_at IS 'When it began.';
COMMENT ON COLUMN sessions.ended_at IS 'When its last page was asked for.';

CREATE TABLE search_queries (
    search_id bigint NOT NULL,
    session_id bigint NOT NULL,
    language_code text NOT NULL,
    query text NOT NULL,
    results integer NOT NULL,
    searched_at timestamptz NOT NULL,
    CONSTRAINT search_queries_pkey PRIMARY KEY (search_id),
    CONSTRAINT search_queries_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions,
    CONSTRAINT search_queries_language_code_fkey FOREIGN KEY (language_code) REFERENCES languages,
    CONSTRAINT search_queries_results_check CHECK (results >= 0)
);
COMMENT ON TABLE search_queries IS 'What a visitor looked for.';
COMMENT ON COLUMN search_queries.search_id IS 'Number of the search, in the order of time.';
COMMENT ON COLUMN search_queries.session_id IS 'The visit.';
COMMENT ON COLUMN search_queries.language_code IS 'The language that it was asked in.';
COMMENT ON COLUMN search_queries.query IS 'What was typed.';
COMMENT ON COLUMN search_queries.results IS 'How many products were shown; 0 where none was found.';
COMMENT ON COLUMN search_queries.searched_at IS 'When.';

CREATE TABLE carts (
    cart_id bigint NOT NULL,
    session_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT carts_pkey PRIMARY KEY (cart_id),
    CONSTRAINT carts_session_id_key UNIQUE (session_id),
    CONSTRAINT carts_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions,
    CONSTRAINT carts_updated_at_check CHECK (updated_at >= created_at)
);
COMMENT ON TABLE carts IS 'A cart that was begun in a visit; it holds goods of one seller.';
COMMENT ON COLUMN carts.cart_id IS 'Number of the cart, in the order of time.';
COMMENT ON COLUMN carts.session_id IS 'The visit in which it was filled.';
COMMENT ON COLUMN carts.created_at IS 'When the first product went in.';
COMMENT ON COLUMN carts.updated_at IS 'When its last product went in or out.';

CREATE TABLE cart_lines (
    cart_id bigint NOT NULL,
    product_id integer NOT NULL,
    quantity smallint NOT NULL,
    added_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT cart_lines_pkey PRIMARY KEY (cart_id, product_id),
    CONSTRAINT cart_lines_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES carts,
    CONSTRAINT cart_lines_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT cart_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT cart_lines_removed_at_check CHECK (removed_at >= added_at)
);
COMMENT ON TABLE cart_lines IS 'A product in a cart.';
COMMENT ON COLUMN cart_lines.cart_id IS 'The cart.';
COMMENT ON COLUMN cart_lines.product_id IS 'The product; once in a cart.';
COMMENT ON COLUMN cart_lines.quantity IS 'How many pieces.';
COMMENT ON COLUMN cart_lines.added_at IS 'When it went in.';
COMMENT ON COLUMN cart_lines.removed_at IS 'When it was taken out again; NULL if it stayed.';

CREATE TABLE orders (
    order_id bigint NOT NULL,
    cart_id bigint NOT NULL,
    user_id integer NOT NULL,
    address_no smallint NOT NULL,
    tenant_id integer NOT NULL,
    currency_code text NOT NULL,
    status text NOT NULL,
    shipping numeric(12,2) NOT NULL,
    placed_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (order_id),
    CONSTRAINT orders_cart_id_key UNIQUE (cart_id),
    CONSTRAINT orders_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES carts,
    CONSTRAINT orders_user_id_fkey FOREIGN KEY (user_id) REFERENCES users,
    CONSTRAINT orders_user_id_address_no_fkey FOREIGN KEY (user_id, address_no) REFERENCES addresses,
    CONSTRAINT orders_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT orders_tenant_id_currency_code_fkey FOREIGN KEY (tenant_id, currency_code) REFERENCES tenant_currencies,
    CONSTRAINT orders_status_check CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled')),
    CONSTRAINT orders_shipping_check CHECK (shipping >= 0),
    CONSTRAINT orders_updated_at_check CHECK (updated_at >= placed_at)
);
COMMENT ON TABLE orders IS 'An order: a cart that a customer committed to.';
COMMENT ON COLUMN orders.order_id IS 'Number of the order, in the order of time.';
COMMENT ON COLUMN orders.cart_id IS 'The cart that it was made from.';
COMMENT ON COLUMN orders.user_id IS 'Who ordered.';
COMMENT ON COLUMN orders.address_no IS 'To which of the customer''s addresses.';
COMMENT ON COLUMN orders.tenant_id IS 'Who sells.';
COMMENT ON COLUMN orders.currency_code IS 'In which currency, one that the seller sells in.';
COMMENT ON COLUMN orders.status IS 'placed, then paid, shipped, delivered; or placed, then cancelled.';
COMMENT ON COLUMN orders.shipping IS 'Charge for sending it.';
COMMENT ON COLUMN orders.placed_at IS 'When it was placed.';
COMMENT ON COLUMN orders.updated_at IS 'When its status last changed.';

CREATE TABLE order_lines (
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    product_id integer NOT NULL,
    quantity smallint NOT NULL,
    unit_price numeric(12,2) NOT NULL,
    discount numeric(12,2) NOT NULL,
    promotion_id integer,
    CONSTRAINT order_lines_pkey PRIMARY KEY (order_id, line_no),
    CONSTRAINT order_lines_order_id_product_id_key UNIQUE (order_id, product_id),
    CONSTRAINT order_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders,
    CONSTRAINT order_lines_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT order_lines_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions,
    CONSTRAINT order_lines_line_no_check CHECK (line_no >= 1),
    CONSTRAINT order_lines_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_lines_unit_price_check CHECK (unit_price > 0),
    CONSTRAINT order_lines_discount_check CHECK (discount >= 0 AND discount < quantity * unit_price),
    CONSTRAINT order_lines_promotion_id_check CHECK ((promotion_id IS NULL) = (discount = 0))
);
COMMENT ON TABLE order_lines IS 'A product in an order, at the price of that moment.';
COMMENT ON COLUMN order_lines.order_id IS 'The order.';
COMMENT ON COLUMN order_lines.line_no IS 'Number of the line within the order, from 1.';
COMMENT ON COLUMN order_lines.product_id IS 'The product; once in an order.';
COMMENT ON COLUMN order_lines.quantity IS 'How many pieces.';
COMMENT ON COLUMN order_lines.unit_price IS 'Price of one piece when it was ordered, in the order''s currency.';
COMMENT ON COLUMN order_lines.discount IS 'Taken off the line as a whole.';
COMMENT ON COLUMN order_lines.promotion_id IS 'The promotion that gave the discount; NULL if none.';

CREATE TABLE payments (
    order_id bigint NOT NULL,
    attempt_no smallint NOT NULL,
    method text NOT NULL,
    amount numeric(12,2) NOT NULL,
    status text NOT NULL,
    decline_reason text,
    attempted_at timestamptz NOT NULL,
    CONSTRAINT payments_pkey PRIMARY KEY (order_id, attempt_no),
    CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders,
    CONSTRAINT payments_attempt_no_check CHECK (attempt_no BETWEEN 1 AND 3),
    CONSTRAINT payments_method_check CHECK (method IN ('card', 'wallet', 'bank transfer', 'invoice')),
    CONSTRAINT payments_amount_check CHECK (amount > 0),
    CONSTRAINT payments_status_check CHECK (status IN ('captured', 'declined')),
    CONSTRAINT payments_decline_reason_check CHECK ((status = 'declined') = (decline_reason IS NOT NULL))
);
COMMENT ON TABLE payments IS 'An attempt to pay an order in full.';
COMMENT ON COLUMN payments.order_id IS 'The order.';
COMMENT ON COLUMN payments.attempt_no IS 'Number of the attempt, from 1.';
COMMENT ON COLUMN payments.method IS 'How it was to be paid.';
COMMENT ON COLUMN payments.amount IS 'The order''s total: lines less discounts, and shipping; in the order''s currency.';
COMMENT ON COLUMN payments.status IS 'captured: paid; declined: try again.';
COMMENT ON COLUMN payments.decline_reason IS 'Why it was declined; NULL where it was captured.';
COMMENT ON COLUMN payments.attempted_at IS 'When.';

CREATE TABLE shipments (
    order_id bigint NOT NULL,
    warehouse_id integer NOT NULL,
    carrier text NOT NULL,
    shipped_at timestamptz NOT NULL,
    delivered_at timestamptz,
    CONSTRAINT shipments_pkey PRIMARY KEY (order_id, warehouse_id),
    CONSTRAINT shipments_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders,
    CONSTRAINT shipments_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES warehouses,
    CONSTRAINT shipments_delivered_at_check CHECK (delivered_at > shipped_at)
);
COMMENT ON TABLE shipments IS 'What one warehouse sent for an order.';
COMMENT ON COLUMN shipments.order_id IS 'The order.';
COMMENT ON COLUMN shipments.warehouse_id IS 'The warehouse; it sends each order once.';
COMMENT ON COLUMN shipments.carrier IS 'Who carried it.';
COMMENT ON COLUMN shipments.shipped_at IS 'When it left.';
COMMENT ON COLUMN shipments.delivered_at IS 'When it was handed over; NULL while it is under way.';

CREATE TABLE returns (
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    quantity smallint NOT NULL,
    reason text NOT NULL,
    requested_at timestamptz NOT NULL,
    received_at timestamptz,
    CONSTRAINT returns_pkey PRIMARY KEY (order_id, line_no),
    CONSTRAINT returns_order_id_line_no_fkey FOREIGN KEY (order_id, line_no) REFERENCES order_lines,
    CONSTRAINT returns_quantity_check CHECK (quantity > 0),
    CONSTRAINT returns_received_at_check CHECK (received_at > requested_at)
);
COMMENT ON TABLE returns IS 'A line of an order that the customer sent back.';
COMMENT ON COLUMN returns.order_id IS 'The order.';
COMMENT ON COLUMN returns.line_no IS 'The line.';
COMMENT ON COLUMN returns.quantity IS 'How many pieces.';
COMMENT ON COLUMN returns.reason IS 'Why, in the shop''s words.';
COMMENT ON COLUMN returns.requested_at IS 'When the customer asked.';
COMMENT ON COLUMN returns.received_at IS 'When the warehouse had it; NULL while it is under way.';

CREATE TABLE refunds (
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    attempt_no smallint NOT NULL,
    amount numeric(12,2) NOT NULL,
    refunded_at timestamptz NOT NULL,
    CONSTRAINT refunds_pkey PRIMARY KEY (order_id, line_no),
    CONSTRAINT refunds_order_id_line_no_fkey FOREIGN KEY (order_id, line_no) REFERENCES returns,
    CONSTRAINT refunds_order_id_attempt_no_fkey FOREIGN KEY (order_id, attempt_no) REFERENCES payments,
    CONSTRAINT refunds_amount_check CHECK (amount > 0)
);
COMMENT ON TABLE refunds IS 'Money given back for a return.';
COMMENT ON COLUMN refunds.order_id IS 'The order.';
COMMENT ON COLUMN refunds.line_no IS 'The line that was returned.';
COMMENT ON COLUMN refunds.attempt_no IS 'The payment that it is taken from.';
COMMENT ON COLUMN refunds.amount IS 'How much, in the order''s currency.';
COMMENT ON COLUMN refunds.refunded_at IS 'When.';

CREATE TABLE reviews (
    order_id bigint NOT NULL,
    line_no smallint NOT NULL,
    rating smallint NOT NULL,
    language_code text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT reviews_pkey PRIMARY KEY (order_id, line_no),
    CONSTRAINT reviews_order_id_line_no_fkey FOREIGN KEY (order_id, line_no) REFERENCES order_lines,
    CONSTRAINT reviews_language_code_fkey FOREIGN KEY (language_code) REFERENCES languages,
    CONSTRAINT reviews_rating_check CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT reviews_updated_at_check CHECK (updated_at >= created_at)
);
COMMENT ON TABLE reviews IS 'What a customer says of something that was bought and delivered.';
COMMENT ON COLUMN reviews.order_id IS 'The order.';
COMMENT ON COLUMN reviews.line_no IS 'The line with the product.';
COMMENT ON COLUMN reviews.rating IS 'Stars: 1 bad to 5 good.';
COMMENT ON COLUMN reviews.language_code IS 'The language of the text.';
COMMENT ON COLUMN reviews.body IS 'The text.';
COMMENT ON COLUMN reviews.created_at IS 'When it was written.';
COMMENT ON COLUMN reviews.updated_at IS 'When it was last changed.';

CREATE TABLE inventory (
    warehouse_id integer NOT NULL,
    product_id integer NOT NULL,
    on_hand integer NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT inventory_pkey PRIMARY KEY (warehouse_id, product_id),
    CONSTRAINT inventory_warehouse_id_fkey FOREIGN KEY (warehouse_id) REFERENCES warehouses,
    CONSTRAINT inventory_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT inventory_on_hand_check CHECK (on_hand >= 0)
);
COMMENT ON TABLE inventory IS 'How many pieces of a product a warehouse has now.';
COMMENT ON COLUMN inventory.warehouse_id IS 'The warehouse.';
COMMENT ON COLUMN inventory.product_id IS 'The product.';
COMMENT ON COLUMN inventory.on_hand IS 'Pieces on the shelf: the sum of the stock moves.';
COMMENT ON COLUMN inventory.updated_at IS 'When a piece last came or went.';

CREATE TABLE stock_moves (
    move_id bigint NOT NULL,
    warehouse_id integer NOT NULL,
    product_id integer NOT NULL,
    quantity integer NOT NULL,
    reason text NOT NULL,
    order_id bigint,
    line_no smallint,
    moved_at timestamptz NOT NULL,
    CONSTRAINT stock_moves_pkey PRIMARY KEY (move_id),
    CONSTRAINT stock_moves_warehouse_id_product_id_fkey FOREIGN KEY (warehouse_id, product_id) REFERENCES inventory,
    CONSTRAINT stock_moves_order_id_line_no_fkey FOREIGN KEY (order_id, line_no) REFERENCES order_lines,
    CONSTRAINT stock_moves_quantity_check CHECK (CASE reason WHEN 'sale' THEN quantity < 0 ELSE quantity > 0 END),
    CONSTRAINT stock_moves_reason_check CHECK (reason IN ('receipt', 'sale', 'return')),
    CONSTRAINT stock_moves_order_id_check CHECK ((reason = 'receipt') = (order_id IS NULL) AND (order_id IS NULL) = (line_no IS NULL))
);
COMMENT ON TABLE stock_moves IS 'Pieces of a product that came to a warehouse or left it.';
COMMENT ON COLUMN stock_moves.move_id IS 'Number of the move, in the order of time.';
COMMENT ON COLUMN stock_moves.warehouse_id IS 'The warehouse.';
COMMENT ON COLUMN stock_moves.product_id IS 'The product.';
COMMENT ON COLUMN stock_moves.quantity IS 'Pieces: positive came, negative left.';
COMMENT ON COLUMN stock_moves.reason IS 'receipt from a supplier, sale, or return by a customer.';
COMMENT ON COLUMN stock_moves.order_id IS 'The order, of a sale or return.';
COMMENT ON COLUMN stock_moves.line_no IS 'The line, of a sale or return.';
COMMENT ON COLUMN stock_moves.moved_at IS 'When.';

CREATE TABLE accounts (
    account_id integer NOT NULL,
    kind text NOT NULL,
    tenant_id integer,
    currency_code text NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (account_id),
    CONSTRAINT accounts_kind_tenant_id_currency_code_key UNIQUE NULLS NOT DISTINCT (kind, tenant_id, currency_code),
    CONSTRAINT accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants,
    CONSTRAINT accounts_currency_code_fkey FOREIGN KEY (currency_code) REFERENCES currencies,
    CONSTRAINT accounts_kind_check CHECK (kind IN ('cash', 'payable', 'commission', 'shipping')),
    CONSTRAINT accounts_tenant_id_check CHECK ((kind = 'payable') = (tenant_id IS NOT NULL))
);
COMMENT ON TABLE accounts IS 'An account of the shop''s books.';
COMMENT ON COLUMN accounts.account_id IS 'Number of the account.';
COMMENT ON COLUMN accounts.kind IS 'cash: what the shop has; payable: what it owes a seller; commission and shipping: what it has earned.';
COMMENT ON COLUMN accounts.tenant_id IS 'The seller to whom a payable is owed; NULL for the shop''s own accounts.';
COMMENT ON COLUMN accounts.currency_code IS 'The currency that it is kept in.';

CREATE TABLE ledger_transactions (
    transaction_id bigint NOT NULL,
    order_id bigint NOT NULL,
    kind text NOT NULL,
    posted_at timestamptz NOT NULL,
    CONSTRAINT ledger_transactions_pkey PRIMARY KEY (transaction_id),
    CONSTRAINT ledger_transactions_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders,
    CONSTRAINT ledger_transactions_kind_check CHECK (kind IN ('capture', 'refund'))
);
COMMENT ON TABLE ledger_transactions IS 'Something that happened to money; its entries add up to zero.';
COMMENT ON COLUMN ledger_transactions.transaction_id IS 'Number of the transaction, in the order of time.';
COMMENT ON COLUMN ledger_transactions.order_id IS 'The order that it belongs to.';
COMMENT ON COLUMN ledger_transactions.kind IS 'capture of a payment, or refund.';
COMMENT ON COLUMN ledger_transactions.posted_at IS 'When.';

CREATE TABLE ledger_entries (
    transaction_id bigint NOT NULL,
    account_id integer NOT NULL,
    amount numeric(12,2) NOT NULL,
    CONSTRAINT ledger_entries_pkey PRIMARY KEY (transaction_id, account_id),
    CONSTRAINT ledger_entries_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transactions,
    CONSTRAINT ledger_entries_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts,
    CONSTRAINT ledger_entries_amount_check CHECK (amount <> 0)
);
COMMENT ON TABLE ledger_entries IS 'What a transaction does to one account.';
COMMENT ON COLUMN ledger_entries.transaction_id IS 'The transaction.';
COMMENT ON COLUMN ledger_entries.account_id IS 'The account; once in a transaction.';
COMMENT ON COLUMN ledger_entries.amount IS 'Positive is a debit, negative a credit; in the account''s currency.';

CREATE TABLE events (
    event_id bigint NOT NULL,
    session_id bigint NOT NULL,
    kind text NOT NULL,
    product_id integer,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (event_id),
    CONSTRAINT events_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions,
    CONSTRAINT events_product_id_fkey FOREIGN KEY (product_id) REFERENCES products,
    CONSTRAINT events_kind_check CHECK (kind IN ('home', 'search', 'product', 'add to cart', 'checkout')),
    CONSTRAINT events_product_id_check CHECK ((kind IN ('product', 'add to cart')) = (product_id IS NOT NULL))
);
COMMENT ON TABLE events IS 'A page that was asked for: what the application did, screen by screen.';
COMMENT ON COLUMN events.event_id IS 'Number of the event, in the order of time.';
COMMENT ON COLUMN events.session_id IS 'The visit.';
COMMENT ON COLUMN events.kind IS 'Which screen.';
COMMENT ON COLUMN events.product_id IS 'The product that was looked at or put into the cart.';
COMMENT ON COLUMN events.occurred_at IS 'When.';

CREATE TABLE audit_log (
    audit_id bigint NOT NULL,
    actor text NOT NULL,
    subject text NOT NULL,
    subject_id bigint NOT NULL,
    old_status text,
    new_status text NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (audit_id),
    CONSTRAINT audit_log_actor_check CHECK (actor IN ('customer', 'bank', 'warehouse', 'carrier', 'shop')),
    CONSTRAINT audit_log_subject_check CHECK (subject IN ('order')),
    CONSTRAINT audit_log_new_status_check CHECK (old_status IS DISTINCT FROM new_status)
);
COMMENT ON TABLE audit_log IS 'A change of state, by whom and when; it is only ever added to.';
COMMENT ON COLUMN audit_log.audit_id IS 'Number of the entry, in the order of time.';
COMMENT ON COLUMN audit_log.actor IS 'Who: the customer, the bank that answered, the warehouse, the carrier or the shop itself.';
COMMENT ON COLUMN audit_log.subject IS 'What kind of thing changed.';
COMMENT ON COLUMN audit_log.subject_id IS 'Its number. No foreign key: the log outlives what it tells of.';
COMMENT ON COLUMN audit_log.old_status IS 'State before; NULL at the beginning.';
COMMENT ON COLUMN audit_log.new_status IS 'State after.';
COMMENT ON COLUMN audit_log.occurred_at IS 'When.';
