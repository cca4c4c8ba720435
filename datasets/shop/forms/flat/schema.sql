-- What the shop's spreadsheet is exported from: a row for each order line, with everything that is known of it.

CREATE TABLE order_export (
    order_id bigint,
    line_no smallint,
    placed_at timestamptz,
    status text,
    customer_id integer,
    customer_email text,
    customer_name text,
    customer_region text,
    customer_country text,
    seller text,
    seller_country text,
    currency_code text,
    currency_name text,
    sku text,
    product text,
    brand text,
    brand_tier smallint,
    category text,
    category_root text,
    quantity smallint,
    unit_price numeric(12,2),
    discount numeric(12,2),
    line_total numeric(12,2),
    promotion_code text,
    promotion_percent smallint,
    shipping numeric(12,2),
    order_total numeric(12,2),
    payment_methods text,
    payment_attempts integer,
    warehouses text,
    returned boolean
);
COMMENT ON TABLE order_export IS 'A line of an order with all that is known of it: facts of customer, seller, product and order are repeated in it. No key and no constraint.';
COMMENT ON COLUMN order_export.order_id IS 'The order.';
COMMENT ON COLUMN order_export.line_no IS 'Number of the line within the order.';
COMMENT ON COLUMN order_export.placed_at IS 'When it was ordered.';
COMMENT ON COLUMN order_export.status IS 'State of the order.';
COMMENT ON COLUMN order_export.customer_id IS 'Who ordered.';
COMMENT ON COLUMN order_export.customer_email IS 'Address of email of who ordered.';
COMMENT ON COLUMN order_export.customer_name IS 'Name of who ordered.';
COMMENT ON COLUMN order_export.customer_region IS 'Where the customer lives.';
COMMENT ON COLUMN order_export.customer_country IS 'In which country.';
COMMENT ON COLUMN order_export.seller IS 'Who sells.';
COMMENT ON COLUMN order_export.seller_country IS 'Where the seller is at home.';
COMMENT ON COLUMN order_export.currency_code IS 'Currency of all amounts of the row.';
COMMENT ON COLUMN order_export.currency_name IS 'What that currency is called.';
COMMENT ON COLUMN order_export.sku IS 'The stock-keeping unit.';
COMMENT ON COLUMN order_export.product IS 'Name of the product.';
COMMENT ON COLUMN order_export.brand IS 'Its brand.';
COMMENT ON COLUMN order_export.brand_tier IS 'How dear the brand is, 1 to 4.';
COMMENT ON COLUMN order_export.category IS 'Its category.';
COMMENT ON COLUMN order_export.category_root IS 'The category above.';
COMMENT ON COLUMN order_export.quantity IS 'How many pieces.';
COMMENT ON COLUMN order_export.unit_price IS 'Price of one piece.';
COMMENT ON COLUMN order_export.discount IS 'Taken off the line.';
COMMENT ON COLUMN order_export.line_total IS 'What the line costs.';
COMMENT ON COLUMN order_export.promotion_code IS 'The promotion of the discount.';
COMMENT ON COLUMN order_export.promotion_percent IS 'What that promotion takes off.';
COMMENT ON COLUMN order_export.shipping IS 'Charge for sending the order.';
COMMENT ON COLUMN order_export.order_total IS 'What the order costs, shipping included.';
COMMENT ON COLUMN order_export.payment_methods IS 'Method of each attempt to pay, a list with commas.';
COMMENT ON COLUMN order_export.payment_attempts IS 'How many attempts there were.';
COMMENT ON COLUMN order_export.warehouses IS 'Where it was sent from, a list with commas.';
COMMENT ON COLUMN order_export.returned IS 'Whether the line came back.';
