using Microsoft.EntityFrameworkCore.Migrations;

namespace GoApi.Infrastructure.Persistence.Migrations;

/// <summary>
/// What no model can say of the search for users, and the index of the order by last log-in, whose expression is that of <c>UserQueries</c>.
/// A migration that makes the table <c>users</c> anew in SQLite (dropped and altered columns do) takes triggers and indexes with it, and has to
/// call <see cref="UpSqlite"/> again.
/// </summary>
internal static class UserSearchSql
{
    /// <summary>The state of the exception that stops the migration where pg_trgm cannot be had.</summary>
    public const string MissingExtension = "GA001";

    public static void UpPostgreSql(MigrationBuilder migration)
    {
        // Whoever may create in the database may create this extension (it is trusted, since PostgreSQL 13); where that is nobody of ours, an
        // administrator does it once.
        migration.Sql(
            $"""
            DO $do$
            BEGIN
                CREATE EXTENSION IF NOT EXISTS pg_trgm;
            EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
                RAISE EXCEPTION USING ERRCODE = '{MissingExtension}', MESSAGE = 'The search for users needs the PostgreSQL extension pg_trgm, which cannot be created: '
                    || SQLERRM || '. Let an administrator of the database run CREATE EXTENSION pg_trgm in it, and start again.';
            END
            $do$;
            UPDATE users SET search_text = lower(last_name || ' ' || first_name || ' ' || email);
            CREATE INDEX ix_users_search ON users USING gin (search_text gin_trgm_ops);
            CREATE INDEX ix_users_last_login_at ON users (COALESCE(last_login_at, TIMESTAMPTZ '1970-01-01T00:00:00Z'), id);
            """);
    }

    public static void DownPostgreSql(MigrationBuilder migration) => migration.Sql("DROP INDEX ix_users_search; DROP INDEX ix_users_last_login_at;");

    public static void UpSqlite(MigrationBuilder migration)
    {
        // The table of trigrams keeps no text of its own (contentless). Both sides are in lower case already, so it compares letters as they are.
        migration.Sql(
            """
            CREATE TABLE user_search_keys (key INTEGER NOT NULL PRIMARY KEY, user_id TEXT NOT NULL UNIQUE);
            CREATE VIRTUAL TABLE user_search USING fts5 (search_text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1');
            UPDATE users SET search_text = lower(last_name || ' ' || first_name || ' ' || email);
            INSERT INTO user_search_keys (user_id) SELECT id FROM users;
            INSERT INTO user_search (rowid, search_text) SELECT key, search_text FROM user_search_keys JOIN users ON users.id = user_search_keys.user_id;
            CREATE TRIGGER users_search_insert AFTER INSERT ON users
            BEGIN
                INSERT INTO user_search_keys (user_id) VALUES (NEW.id);
                INSERT INTO user_search (rowid, search_text) SELECT key, NEW.search_text FROM user_search_keys WHERE user_id = NEW.id;
            END;
            CREATE TRIGGER users_search_update AFTER UPDATE OF search_text ON users WHEN OLD.search_text IS NOT NEW.search_text
            BEGIN
                DELETE FROM user_search WHERE rowid = (SELECT key FROM user_search_keys WHERE user_id = NEW.id);
                INSERT INTO user_search (rowid, search_text) SELECT key, NEW.search_text FROM user_search_keys WHERE user_id = NEW.id;
            END;
            CREATE TRIGGER users_search_delete AFTER DELETE ON users
            BEGIN
                DELETE FROM user_search WHERE rowid = (SELECT key FROM user_search_keys WHERE user_id = OLD.id);
                DELETE FROM user_search_keys WHERE user_id = OLD.id;
            END;
            CREATE INDEX ix_users_last_login_at ON users (COALESCE(last_login_at, 0), id);
            """);
    }

    public static void DownSqlite(MigrationBuilder migration) => migration.Sql(
        """
        DROP TRIGGER users_search_insert; DROP TRIGGER users_search_update; DROP TRIGGER users_search_delete;
        DROP TABLE user_search; DROP TABLE user_search_keys; DROP INDEX ix_users_last_login_at;
        """);
}
