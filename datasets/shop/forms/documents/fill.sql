-- Customers: until September 2024 the name was in "fullName" and the address in "mail"; from then on they are "name" and
-- "email", and the address book stands inside.
INSERT INTO customer_documents
SELECT u.user_id, CASE WHEN u.created_at < '2024-09-01'
    THEN jsonb_build_object('_id', u.user_id, 'fullName', u.display_name, 'mail', u.email, 'country', r.country_code,
        'joined', to_char(u.created_at, 'DD/MM/YYYY'))
    ELSE jsonb_build_object('_id', u.user_id, 'name', u.display_name, 'email', u.email, 'region', r.name,
        'joined', to_char(u.created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'addresses', coalesce(a.book, '[]'))
    END
FROM users u
JOIN regions r USING (region_id)
LEFT JOIN (
    SELECT user_id, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('recipient', recipient, 'street', street,
        'city', city, 'postalCode', postal_code, 'phone', phone)) ORDER BY address_no) AS book
    FROM addresses GROUP BY user_id
) a USING (user_id)
ORDER BY u.user_id;

-- Orders: the first application wrote numbers as text, dates with the day first, no status and no currency, and the
-- customer by address of email; the second the customer as a part; the third a reference to the customer's document.
INSERT INTO order_documents
SELECT o.order_id, CASE
    WHEN o.placed_at < '2024-09-01' THEN jsonb_build_object(
        '_id', o.order_id::text, 'customer_email', u.email, 'date', to_char(o.placed_at, 'DD/MM/YYYY HH24:MI'),
        'items', l.first, 'total', l.total::text)
    WHEN o.placed_at < '2025-05-01' THEN jsonb_build_object(
        '_id', o.order_id, 'customer', jsonb_build_object('id', o.user_id, 'email', u.email), 'state', o.status,
        'placedAt', to_char(o.placed_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'lines', l.second, 'total', l.total,
        'currency', o.currency_code)
    ELSE jsonb_build_object(
        '_id', o.order_id, 'schema', 3, 'customerId', o.user_id, 'status', o.status,
        'placedAt', to_char(o.placed_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'lines', l.third, 'shipping', o.shipping,
        'total', l.total + o.shipping, 'currency', o.currency_code)
    END
FROM orders o
JOIN users u USING (user_id)
JOIN (
    SELECT order_id, sum(quantity * unit_price - discount) AS total,
        jsonb_agg(jsonb_build_object('sku', sku, 'qty', quantity::text, 'price', unit_price::text)
            ORDER BY line_no) AS first,
        jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'unitPrice', unit_price)
            ORDER BY line_no) AS second,
        jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'unitPrice', unit_price, 'discount', discount)
            ORDER BY line_no) AS third
    FROM order_lines JOIN products USING (product_id) GROUP BY order_id
) l USING (order_id)
ORDER BY o.order_id;
