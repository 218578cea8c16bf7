using GoApi.Infrastructure.Embedded;
using GoApi.Infrastructure.Idempotency;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GoApi.Infrastructure.BackgroundWork;

/// <summary>Deletes what nobody will ask for any more. Every process does, because doing it twice is harmless.</summary>
internal sealed partial class Housekeeping(IServiceScopeFactory scopes, TimeProvider time, ILogger<Housekeeping> logger) : BackgroundService
{
    /// <summary>Done messages are kept for whoever looks into what happened; dead ones for ever.</summary>
    public static readonly TimeSpan KeepDone = TimeSpan.FromDays(7);

    private const int BatchSize = 1_000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    public async Task CleanAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var before = time.GetUtcNow() - KeepDone;

        // In batches, so that no lock is held for long.
        int deleted;
        do
        {
            deleted = await db.Set<OutboxMessage>().Where(row => row.State == OutboxState.Done && row.ClosedAt < before)
                .OrderBy(row => row.ClosedAt).Take(BatchSize).ExecuteDeleteAsync(ct);
        }
        while (deleted == BatchSize);

        // A notice to an old address that could not be sent in all that time is a dead letter.
        await db.Set<UserEmailChange>().Where(change => change.ExpiresAt < before).ExecuteDeleteAsync(ct);
        await db.Set<UserPhoneChange>().Where(change => change.ExpiresAt < before).ExecuteDeleteAsync(ct);

        var now = time.GetUtcNow();
        do
        {
            deleted = await db.Set<IdempotencyRecord>().Where(row => row.ExpiresAt < now).OrderBy(row => row.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(ct);
        }
        while (deleted == BatchSize);

        await db.Set<MailboxMessage>().OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id)
            .Skip(LocalMailbox.Capacity).ExecuteDeleteAsync(ct);

        foreach (var retention in scope.ServiceProvider.GetServices<IRetention>()) await retention.CleanAsync(ct);

        // SQLite's log keeps pages as they were before rows were deleted from them.
        if (db.Database.IsSqlite()) await db.Database.ExecuteSqlAsync($"PRAGMA wal_checkpoint(TRUNCATE)", ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Every, time, stoppingToken);
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(logger, fault);
            }
        }
    }

    [LoggerMessage(2020, LogLevel.Warning, "Housekeeping failed; it is repeated later")]
    private static partial void Failed(ILogger logger, Exception fault);
}
