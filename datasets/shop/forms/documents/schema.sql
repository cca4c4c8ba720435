-- The shop as a document store kept it, with the drift of three versions of the application.

CREATE TABLE customer_documents (
    position bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT customer_documents_pkey PRIMARY KEY (position)
);
COMMENT ON TABLE customer_documents IS 'A document of the collection of customers.';
COMMENT ON COLUMN customer_documents.position IS 'Where it stood in the collection.';
COMMENT ON COLUMN customer_documents.document IS 'The document.';

CREATE TABLE order_documents (
    position bigint NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT order_documents_pkey PRIMARY KEY (position)
);
COMMENT ON TABLE order_documents IS 'A document of the collection of orders, as the application wrote it that ran at the time.';
COMMENT ON COLUMN order_documents.position IS 'Where it stood in the collection.';
COMMENT ON COLUMN order_documents.document IS 'The document.';
