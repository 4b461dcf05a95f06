-- The newest acknowledged leaf is asked for by every status page.
CREATE INDEX outbox_leaf ON outbox(origin, leaf) WHERE leaf IS NOT NULL;
