using System.Collections.Concurrent;
using System.Data.Common;
using System.Runtime.CompilerServices;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Clients as they were a second ago at most: half of the round trips of a client-credentials token. Unknown ones are not remembered.</summary>
internal sealed class ClientCache(IServiceScopeFactory scopes, TimeProvider time)
{
    private const int Capacity = 10_000;

    /// <summary>So long another instance may go by what a client was before it was changed.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMilliseconds(900);

    private readonly ConcurrentDictionary<string, (OAuthApplication Client, long At)> known = new(StringComparer.Ordinal);

    public ValueTask<OAuthApplication?> FindAsync(string clientId, CancellationToken ct) =>
        known.TryGetValue(clientId, out var found) && time.GetElapsedTime(found.At) < Life ? new(found.Client) : new(LoadAsync(clientId, ct));

    public void Forget(string clientId) => known.TryRemove(clientId, out _);

    private async Task<OAuthApplication?> LoadAsync(string clientId, CancellationToken ct)
    {
        var at = time.GetTimestamp();
        await using var scope = scopes.CreateAsyncScope();
        var client = await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<OAuthApplication>().AsNoTracking()
            .FirstOrDefaultAsync(row => row.ClientId == clientId, ct);
        // SQLite and some collations of PostgreSQL could take another spelling for the same.
        if (client?.ClientId != clientId) return null;

        if (known.Count >= Capacity) known.Clear();
        known[clientId] = (client, at);
        return client;
    }
}

/// <summary>What this process changes of a client holds at once: it is forgotten when the change is committed.</summary>
internal sealed class ClientCacheInterceptor(ClientCache clients) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, HashSet<string>> changed = [];

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { } db)
            foreach (var entry in db.ChangeTracker.Entries<OAuthApplication>())
                if (entry is { State: EntityState.Modified or EntityState.Deleted, Entity.ClientId: { } clientId })
                    changed.GetOrCreateValue(db).Add(clientId);
        return ValueTask.FromResult(result);
    }

    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { Database.CurrentTransaction: null } db) Forget(db);
        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { } db) Forget(db);
        return Task.CompletedTask;
    }

    private void Forget(DbContext db)
    {
        if (!changed.TryGetValue(db, out var ids)) return;
        changed.Remove(db);
        foreach (var id in ids) clients.Forget(id);
    }
}
