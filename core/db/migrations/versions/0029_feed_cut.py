"""the change feed says when lines of it are deleted"""

from alembic import op

revision = "0029"
down_revision = "0028"

# Who follows the feed reads everything anew then. One mark is enough for all lines before it.
SQLITE = """
CREATE TRIGGER change_feed_cut AFTER DELETE ON change_feed
WHEN NOT EXISTS (SELECT 1 FROM change_feed WHERE seq > OLD.seq AND entity = 'change_feed')
BEGIN
    INSERT INTO change_feed (entity, first_id, last_id) VALUES ('change_feed', 0, 0);
END
"""
POSTGRESQL = (
    """
CREATE FUNCTION salesbook_feed_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change_feed (entity, first_id, last_id) VALUES ('change_feed', 0, 0);
    RETURN NULL;
END $$
""",
    "CREATE TRIGGER change_feed_cut AFTER DELETE OR TRUNCATE ON change_feed "
    "FOR EACH STATEMENT EXECUTE FUNCTION salesbook_feed_cut()",
)


def upgrade() -> None:
    """Triggers alone: what is there stays."""
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else (SQLITE,):
        op.execute(statement)
