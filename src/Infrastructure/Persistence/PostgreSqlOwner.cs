using GoApi.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace GoApi.Infrastructure.Persistence;

/// <summary>
/// The role that owns the tables, where it is another than the one that the program works as (decision 0030). It migrates, and gives the
/// program what it needs: nothing that could change or delete an audit entry, or stop the triggers that refuse it.
/// </summary>
internal static class PostgreSqlOwner
{
    /// <summary>Tables that the program's role may read and add to, and nothing else.</summary>
    private static readonly string[] AppendOnly = ["audit_entries", "audit_seals"];

    /// <summary>For migrations only: no pool, no interceptors.</summary>
    public static PostgreSqlDbContext NewContext(DatabaseSettings settings) => new(new DbContextOptionsBuilder<PostgreSqlDbContext>()
        .UseNpgsql(new NpgsqlConnectionStringBuilder(ConnectionString(settings)) { Pooling = false }.ConnectionString).UseSnakeCaseNamingConvention().Options);

    /// <summary>Of the owner where there is one.</summary>
    public static string ConnectionString(DatabaseSettings settings) =>
        PostgreSql.ConnectionString(settings.OwnerUser is null ? settings : settings with { User = settings.OwnerUser, Password = settings.OwnerPassword });

    /// <summary>Repeated at each start, so that new tables have their rights as well.</summary>
    /// <exception cref="InvalidConfigurationException">The two roles are not as they have to be, or cannot be made so.</exception>
    public static async Task GrantAsync(PostgreSqlDbContext owner, DatabaseSettings settings, CancellationToken ct)
    {
        string[] faults =
        [
            .. await owner.Database.SqlQuery<string>(
                $"SELECT rolname AS \"Value\" FROM pg_roles WHERE rolname = {settings.User} AND (rolsuper OR pg_has_role(oid, current_user, 'MEMBER'))").Select(
                role => $"DB_USER: {role} is a superuser or a member of {settings.OwnerUser}, and so could undo what DB_OWNER_USER is for.").ToListAsync(ct),
            .. await owner.Database.SqlQuery<string>(
                $"SELECT tablename AS \"Value\" FROM pg_tables WHERE schemaname = current_schema() AND tableowner <> current_user").OrderBy(name => name).Take(1).Select(
                table => $"DB_OWNER_USER: {settings.OwnerUser} does not own the table {table}: let an administrator run REASSIGN OWNED BY {settings.User} TO {settings.OwnerUser} in the database.").ToListAsync(ct),
        ];
        if (faults.Length > 0) throw new InvalidConfigurationException(faults);

        var quote = new NpgsqlCommandBuilder();
        var (role, protectedTables) = (quote.QuoteIdentifier(settings.User), string.Join(", ", AppendOnly));
        var schema = quote.QuoteIdentifier(await owner.Database.SqlQuery<string>($"SELECT current_schema() AS \"Value\"").SingleAsync(ct));
        // One transaction: at no moment has the program rights that it should not have, or lacks those that it needs.
        var grants = $"""
            BEGIN;
            GRANT USAGE ON SCHEMA {schema} TO {role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
            REVOKE ALL ON {protectedTables}, "__EFMigrationsHistory" FROM {role};
            GRANT SELECT, INSERT ON {protectedTables} TO {role};
            GRANT SELECT ON "__EFMigrationsHistory" TO {role};
            COMMIT;
            """;
        await owner.Database.ExecuteSqlRawAsync(grants.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal), ct);
    }
}
