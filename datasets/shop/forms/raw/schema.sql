-- A staging copy, as files from elsewhere are loaded: every column is text, and nothing is checked.

CREATE TABLE raw_customers (user_id text, email text, display_name text, region text, phone text, created_at text);
COMMENT ON TABLE raw_customers IS 'Customers as they were delivered, unchecked.';
COMMENT ON COLUMN raw_customers.user_id IS 'Number of the customer.';
COMMENT ON COLUMN raw_customers.email IS 'Address of email.';
COMMENT ON COLUMN raw_customers.display_name IS 'Name.';
COMMENT ON COLUMN raw_customers.region IS 'Name of the region.';
COMMENT ON COLUMN raw_customers.phone IS 'Telephone number of the first address.';
COMMENT ON COLUMN raw_customers.created_at IS 'When the account was opened, an instant with its offset.';

CREATE TABLE raw_products (sku text, name text, category text, brand text, weight_g text);
COMMENT ON TABLE raw_products IS 'Products as they were delivered, unchecked.';
COMMENT ON COLUMN raw_products.sku IS 'The stock-keeping unit.';
COMMENT ON COLUMN raw_products.name IS 'Name.';
COMMENT ON COLUMN raw_products.category IS 'Slug of the category.';
COMMENT ON COLUMN raw_products.brand IS 'Brand.';
COMMENT ON COLUMN raw_products.weight_g IS 'Weight, in grams without a fraction.';

CREATE TABLE raw_orders (order_id text, user_id text, currency text, status text, placed_at text);
COMMENT ON TABLE raw_orders IS 'Orders as they were delivered, unchecked.';
COMMENT ON COLUMN raw_orders.order_id IS 'Number of the order.';
COMMENT ON COLUMN raw_orders.user_id IS 'Number of the customer.';
COMMENT ON COLUMN raw_orders.currency IS 'Code of the currency.';
COMMENT ON COLUMN raw_orders.status IS 'State.';
COMMENT ON COLUMN raw_orders.placed_at IS 'When it was placed, an instant with its offset.';

CREATE TABLE raw_order_lines (order_id text, line_no text, sku text, quantity text, unit_price text);
COMMENT ON TABLE raw_order_lines IS 'Lines of orders as they were delivered, unchecked.';
COMMENT ON COLUMN raw_order_lines.order_id IS 'Number of the order.';
COMMENT ON COLUMN raw_order_lines.line_no IS 'Number of the line.';
COMMENT ON COLUMN raw_order_lines.sku IS 'The stock-keeping unit.';
COMMENT ON COLUMN raw_order_lines.quantity IS 'Pieces.';
COMMENT ON COLUMN raw_order_lines.unit_price IS 'Price of a piece, with two digits after the point.';
