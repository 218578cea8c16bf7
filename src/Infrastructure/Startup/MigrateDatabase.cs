using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Persistence.Migrations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GoApi.Infrastructure.Startup;

internal sealed partial class MigrateDatabase(AppDbContext db, DatabaseSettings settings, ILogger<MigrateDatabase> logger) : IStartupTask
{
    public async Task RunAsync(CancellationToken ct)
    {
        if (!db.Database.IsNpgsql() || settings.OwnerUser is null)
        {
            await MigrateAsync(db, ct);
            return;
        }

        await using var owner = PostgreSqlOwner.NewContext(settings);
        try
        {
            await MigrateAsync(owner, ct);
            if (settings.AutoMigrate) await PostgreSqlOwner.GrantAsync(owner, settings, ct);
        }
        catch (Exception refused) when (refused.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification or PostgresErrorCodes.InsufficientPrivilege } fault)
        {
            throw new InvalidConfigurationException([$"DB_OWNER_USER: {settings.OwnerUser} cannot migrate the database: {fault.MessageText}."]);
        }
    }

    private async Task MigrateAsync(AppDbContext target, CancellationToken ct)
    {
        var missing = (await target.Database.GetPendingMigrationsAsync(ct)).ToArray();
        if (missing.Length == 0) return;
        if (!settings.AutoMigrate)
            throw new InvalidConfigurationException([$"DB_AUTO_MIGRATE is false and the database lacks {missing.Length} migration(s), first {missing[0]}: start once with DB_AUTO_MIGRATE=true."]);

        // EF Core's own lock on SQLite is a row that a crash leaves behind, and waits for ever then; ours is held, so nobody has it.
        if (target.Database.IsSqlite()) await target.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", ct);
        try
        {
            await target.Database.MigrateAsync(ct);
        }
        catch (PostgresException refused) when (refused.SqlState == UserSearchSql.MissingExtension)
        {
            throw new InvalidConfigurationException([$"DB_NAME: {refused.MessageText}"]);
        }

        Migrated(logger, missing.Length, missing[^1]);
    }

    [LoggerMessage(1002, LogLevel.Information, "The database is migrated: {Count} migration(s), last {Last}")]
    private static partial void Migrated(ILogger logger, int count, string last);
}
