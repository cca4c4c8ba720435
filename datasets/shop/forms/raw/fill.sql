INSERT INTO raw_customers
SELECT u.user_id::text, email, display_name, r.name, a.phone, to_char(u.created_at, 'YYYY-MM-DD HH24:MI:SS+00')
FROM users u JOIN regions r USING (region_id)
LEFT JOIN addresses a ON a.user_id = u.user_id AND a.address_no = 1
ORDER BY u.user_id;

INSERT INTO raw_products
SELECT sku, p.name, c.slug, b.name, weight_g::text
FROM products p JOIN categories c USING (category_id) JOIN brands b USING (brand_id) ORDER BY product_id;

INSERT INTO raw_orders
SELECT order_id::text, user_id::text, currency_code, status, to_char(placed_at, 'YYYY-MM-DD HH24:MI:SS+00')
FROM orders ORDER BY order_id;

INSERT INTO raw_order_lines
SELECT order_id::text, line_no::text, sku, quantity::text, unit_price::text
FROM order_lines JOIN products USING (product_id) ORDER BY order_id, line_no;
