-- pageinspect for those who are not superusers: it asks for one by itself, so that granting it is not enough. What the
-- reader may SELECT anyway may also be looked at page by page; passwords in pg_authid may not.

CREATE FUNCTION mnemo.readable(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT has_table_privilege(
        session_user, coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = relation), relation), 'SELECT'
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = format('permission denied for relation %s', relation);
    END IF;
    RETURN relation::text;
END $$;

CREATE FUNCTION mnemo.heap_page_items(
    relation regclass, block bigint,
    OUT lp smallint, OUT lp_off smallint, OUT lp_flags smallint, OUT lp_len smallint, OUT t_xmin xid, OUT t_xmax xid,
    OUT t_field3 integer, OUT t_ctid tid, OUT t_infomask2 integer, OUT t_infomask integer, OUT t_hoff smallint,
    OUT t_bits text, OUT t_oid oid, OUT t_data bytea
) RETURNS SETOF record
LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM pageinspect.heap_page_items(pageinspect.get_raw_page(mnemo.readable(relation), block));
$$;

CREATE FUNCTION mnemo.bt_metap(
    relation regclass,
    OUT magic integer, OUT version integer, OUT root bigint, OUT level bigint, OUT fastroot bigint,
    OUT fastlevel bigint, OUT last_cleanup_num_delpages bigint, OUT last_cleanup_num_tuples double precision,
    OUT allequalimage boolean
) RETURNS record
LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM pageinspect.bt_metap(mnemo.readable(relation));
$$;

CREATE FUNCTION mnemo.bt_page_stats(
    relation regclass, block bigint,
    OUT blkno bigint, OUT type "char", OUT live_items integer, OUT dead_items integer, OUT avg_item_size integer,
    OUT page_size integer, OUT free_size integer, OUT btpo_prev bigint, OUT btpo_next bigint, OUT btpo_level bigint,
    OUT btpo_flags integer
) RETURNS record
LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM pageinspect.bt_page_stats(mnemo.readable(relation), block);
$$;

CREATE FUNCTION mnemo.bt_page_items(
    relation regclass, block bigint,
    OUT itemoffset smallint, OUT ctid tid, OUT itemlen smallint, OUT nulls boolean, OUT vars boolean, OUT data text,
    OUT dead boolean, OUT htid tid, OUT tids tid[]
) RETURNS SETOF record
LANGUAGE sql STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM pageinspect.bt_page_items(mnemo.readable(relation), block);
$$;
