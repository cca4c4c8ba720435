INSERT INTO order_export
SELECT o.order_id, l.line_no, o.placed_at, o.status,
    u.user_id, u.email, u.display_name, r.name, rc.name,
    t.name, tc.name, o.currency_code, cu.name,
    p.sku, p.name, b.name, b.tier, c.name, root.name,
    l.quantity, l.unit_price, l.discount, l.quantity * l.unit_price - l.discount,
    m.code, m.percent_off, o.shipping,
    o.shipping + sum(l.quantity * l.unit_price - l.discount) OVER (PARTITION BY o.order_id),
    paid.methods, paid.attempts, sent.warehouses, back.order_id IS NOT NULL
FROM orders o
JOIN order_lines l USING (order_id)
JOIN users u USING (user_id)
JOIN regions r USING (region_id)
JOIN countries rc ON rc.country_code = r.country_code
JOIN tenants t ON t.tenant_id = o.tenant_id
JOIN countries tc ON tc.country_code = t.country_code
JOIN currencies cu ON cu.currency_code = o.currency_code
JOIN products p USING (product_id)
JOIN brands b USING (brand_id)
JOIN categories c USING (category_id)
JOIN categories root ON root.category_id = c.parent_id
LEFT JOIN promotions m USING (promotion_id)
LEFT JOIN (
    SELECT order_id, string_agg(method, ',' ORDER BY attempt_no) AS methods, count(*) AS attempts
    FROM payments GROUP BY order_id
) paid USING (order_id)
LEFT JOIN (
    SELECT order_id, string_agg(w.name, ',' ORDER BY w.name) AS warehouses
    FROM shipments JOIN warehouses w USING (warehouse_id) GROUP BY order_id
) sent USING (order_id)
LEFT JOIN returns back ON (back.order_id, back.line_no) = (l.order_id, l.line_no)
ORDER BY o.order_id, l.line_no;
