using System.Collections.Concurrent;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Clients as they were a second ago at most: half of the round trips of a client-credentials token. Unknown ones are not remembered.</summary>
internal sealed class ClientCache(IServiceScopeFactory scopes, TimeProvider time)
{
    private const int Capacity = 10_000;
    private static readonly TimeSpan Life = TimeSpan.FromMilliseconds(900);

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
