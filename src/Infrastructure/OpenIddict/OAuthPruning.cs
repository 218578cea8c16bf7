using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Deletes tokens, sessions and revocations that nobody can use any more (decision 0018): by the worker, often, and in small batches, so
/// that no lock is held for long and the tables stay as large as what is alive. Instances that do it at once share the work.
/// </summary>
internal sealed partial class OAuthPruning(IServiceScopeFactory scopes, TimeProvider time, ILogger<OAuthPruning> logger) : BackgroundService
{
    public const int BatchSize = 1_000;

    /// <summary>Kept a little longer than needed, for whoever looks into what happened.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>A session without a token that is older than this was left behind by something that went wrong.</summary>
    public static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromDays(1);

    /// <returns>How many rows are gone.</returns>
    public async Task<int> PruneAsync(CancellationToken ct) =>
        await InBatchesAsync(PruneTokensAsync, ct) + await InBatchesAsync(PruneBrowserSessionsAsync, ct)
        + await InBatchesAsync(PruneRevocationsAsync, ct) + await InBatchesAsync(PruneAssertionsAsync, ct);

    /// <summary>Looks through all sessions for those that <see cref="PruneAsync"/> does not meet, because no token of theirs expired.</summary>
    public Task<int> SweepAsync(CancellationToken ct) => InBatchesAsync((db, now, token) =>
    {
        var before = (now - Abandoned).UtcDateTime;
        return db.Set<OAuthAuthorization>()
            .Where(row => row.CreationDate < before && row.Tokens.Count == 0 && (row.Type == AuthorizationTypes.AdHoc || row.Status != Statuses.Valid))
            .OrderBy(row => row.CreationDate).Take(BatchSize).ExecuteDeleteAsync(token);
    }, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var sweptAt = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await PruneAsync(stoppingToken);
                if (time.GetElapsedTime(sweptAt) < SweepInterval) continue;
                await SweepAsync(stoppingToken);
                sweptAt = time.GetTimestamp();
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(logger, fault);
            }
        }
    }

    // A session goes with its last token. What another instance is deleting is left to it: no one waits, and no two lock each other out.
    private async Task<int> PruneTokensAsync(AppDbContext db, DateTimeOffset now, CancellationToken ct)
    {
        var before = (now - Kept).UtcDateTime;
        var expired = db.Database.IsNpgsql()
            ? db.Set<OAuthToken>().FromSql($"SELECT * FROM oauth_tokens WHERE expiration_date < {before} ORDER BY expiration_date LIMIT {BatchSize} FOR UPDATE SKIP LOCKED")
            : db.Set<OAuthToken>().Where(token => token.ExpirationDate < before).OrderBy(token => token.ExpirationDate).Take(BatchSize);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var dead = await expired.AsNoTracking().Select(token => new { token.Id, Session = EF.Property<Guid?>(token, "AuthorizationId") }).ToListAsync(ct);
        var (ids, sessions) = (dead.ConvertAll(token => token.Id), dead.Select(token => token.Session).OfType<Guid>().Distinct().ToList());
        await db.Set<OAuthToken>().Where(token => ids.Contains(token.Id)).ExecuteDeleteAsync(ct);
        await db.Set<OAuthAuthorization>().Where(row => sessions.Contains(row.Id) && row.Type == AuthorizationTypes.AdHoc && row.Tokens.Count == 0).ExecuteDeleteAsync(ct);
        await transaction.CommitAsync(ct);
        return dead.Count;
    }

    // Of others nobody notes when they were seen.
    private static Task<int> PruneBrowserSessionsAsync(AppDbContext db, DateTimeOffset now, CancellationToken ct)
    {
        var before = now - BrowserSessions.Life - Kept;
        return db.Database.IsNpgsql()
            ? db.Database.ExecuteSqlAsync($"DELETE FROM oauth_authorizations WHERE id IN (SELECT id FROM oauth_authorizations WHERE last_seen_at < {before} ORDER BY last_seen_at LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)", ct)
            : db.Set<OAuthAuthorization>().Where(row => row.LastSeenAt < before).OrderBy(row => row.LastSeenAt).Take(BatchSize).ExecuteDeleteAsync(ct);
    }

    private static Task<int> PruneRevocationsAsync(AppDbContext db, DateTimeOffset now, CancellationToken ct) => db.Database.IsNpgsql()
        ? db.Database.ExecuteSqlAsync($"DELETE FROM token_revocations WHERE id IN (SELECT id FROM token_revocations WHERE expires_at < {now} ORDER BY expires_at LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)", ct)
        : db.Set<TokenRevocation>().Where(row => row.ExpiresAt < now).OrderBy(row => row.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(ct);

    private static Task<int> PruneAssertionsAsync(AppDbContext db, DateTimeOffset now, CancellationToken ct) => db.Database.IsNpgsql()
        ? db.Database.ExecuteSqlAsync($"DELETE FROM oauth_client_assertions WHERE id IN (SELECT id FROM oauth_client_assertions WHERE expires_at < {now} ORDER BY expires_at LIMIT {BatchSize} FOR UPDATE SKIP LOCKED)", ct)
        : db.Set<ClientAssertion>().Where(row => row.ExpiresAt < now).OrderBy(row => row.ExpiresAt).Take(BatchSize).ExecuteDeleteAsync(ct);

    private async Task<int> InBatchesAsync(Func<AppDbContext, DateTimeOffset, CancellationToken, Task<int>> batch, CancellationToken ct)
    {
        var (total, deleted) = (0, BatchSize);
        while (deleted == BatchSize)
        {
            ct.ThrowIfCancellationRequested();
            await using var scope = scopes.CreateAsyncScope();
            deleted = await batch(scope.ServiceProvider.GetRequiredService<AppDbContext>(), time.GetUtcNow(), ct);
            total += deleted;
        }

        return total;
    }

    [LoggerMessage(1320, LogLevel.Warning, "Expired tokens could not be deleted; it is tried again in five minutes")]
    private static partial void Failed(ILogger logger, Exception fault);
}
