namespace GoApi.Infrastructure.Persistence.Migrations;

/// <summary>Seals are append-only, as the entries are that they vouch for.</summary>
internal static class AuditSealSql
{
    public const string UpPostgreSql =
        """
        CREATE FUNCTION audit_seals_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'audit seals are append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$;
        CREATE TRIGGER audit_seals_no_change BEFORE UPDATE OR DELETE ON audit_seals FOR EACH ROW EXECUTE FUNCTION audit_seals_are_append_only();
        CREATE TRIGGER audit_seals_no_truncate BEFORE TRUNCATE ON audit_seals FOR EACH STATEMENT EXECUTE FUNCTION audit_seals_are_append_only();
        -- Hashes cannot be made smaller.
        ALTER TABLE audit_seals ALTER COLUMN leaves SET STORAGE EXTERNAL;
        """;

    public const string DownPostgreSql =
        """
        DROP TRIGGER audit_seals_no_truncate ON audit_seals;
        DROP TRIGGER audit_seals_no_change ON audit_seals;
        DROP FUNCTION audit_seals_are_append_only();
        """;

    public const string UpSqlite =
        """
        CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit seals are append-only: UPDATE is refused'); END;
        CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit seals are append-only: DELETE is refused'); END;
        CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals
        WHEN EXISTS (SELECT 1 FROM audit_seals WHERE number = NEW.number) OR EXISTS (SELECT 1 FROM audit_seals WHERE last_sequence = NEW.last_sequence)
        BEGIN SELECT RAISE(ABORT, 'audit seals are append-only: REPLACE is refused'); END;
        -- One condition for each index: with both in one, SQLite reads the whole table for each entry once its statistics are from when it was small.
        DROP TRIGGER audit_entries_no_replace;
        CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
        WHEN EXISTS (SELECT 1 FROM audit_entries WHERE sequence = NEW.sequence) OR EXISTS (SELECT 1 FROM audit_entries WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'audit entries are append-only: REPLACE is refused'); END;
        """;

    public const string DownSqlite = "DROP TRIGGER audit_seals_no_update; DROP TRIGGER audit_seals_no_delete; DROP TRIGGER audit_seals_no_replace;";
}
