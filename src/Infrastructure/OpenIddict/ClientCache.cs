using System.Collections.Concurrent;
using GoApi.Application.Abstractions.Caching;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Clients without asking the database: half of the round trips of a client-credentials token. Unknown ones are not remembered. They
/// stay in the process, because the hashes of their secrets are in them.
/// </summary>
internal sealed class ClientCache(ICache cache)
{
    private static readonly CacheKind<OAuthApplication?> Clients = new("clients", ICache.LongestLife)
    {
        SizeOf = client => 2_000 + 2L * ((client?.Permissions?.Length ?? 0) + (client?.RedirectUris?.Length ?? 0) + (client?.PostLogoutRedirectUris?.Length ?? 0) + (client?.JsonWebKeySet?.Length ?? 0)),
    };

    public static string TagOf(string? clientId) => $"clients:{clientId}";

    public ValueTask<OAuthApplication?> FindAsync(string clientId, CancellationToken ct) =>
        cache.GetOrReadAsync(Clients, clientId, [TagOf(clientId)], (AppDbContext db, CancellationToken token) => ReadAsync(db, clientId, token), ct);

    private static async Task<OAuthApplication?> ReadAsync(AppDbContext db, string clientId, CancellationToken ct)
    {
        var client = await db.Set<OAuthApplication>().AsNoTracking().FirstOrDefaultAsync(row => row.ClientId == clientId, ct);
        // SQLite and some collations of PostgreSQL could take another spelling for the same.
        return client?.ClientId == clientId ? client : null;
    }
}

/// <summary>When this process last noted the use of a client, which the remembered client does not show: once a minute is enough.</summary>
internal sealed class ClientUses(TimeProvider time)
{
    private const int Capacity = 10_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<Guid, long> noted = [];

    public bool IsDue(Guid client) => !noted.TryGetValue(client, out var at) || time.GetElapsedTime(at) >= Interval;

    public void Noted(Guid client)
    {
        if (noted.Count >= Capacity) noted.Clear();
        noted[client] = time.GetTimestamp();
    }
}
