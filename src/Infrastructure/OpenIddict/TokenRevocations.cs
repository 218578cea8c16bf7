using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Data.Common;
using GoApi.Infrastructure.Persistence;
using GoApi.Infrastructure.Signals;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>What a token is known by when it is held against the revocations.</summary>
/// <param name="IssuedAt">To the millisecond, so that a log-in right after a revocation is not refused.</param>
/// <param name="IsBrowser">It is no token but a browser session, whose id is <paramref name="SessionId"/>.</param>
/// <param name="KeyId">Of the key that signed it; null where it is no signed token.</param>
/// <param name="Role">That it names; null where it names none.</param>
internal sealed record TokenIdentity(
    string Id, string? SessionId, string? Subject, string? ClientId, DateTimeOffset IssuedAt, string? KeyId = null, bool IsBrowser = false, string? Role = null)
{
    public RevocationKind OfSession => IsBrowser ? RevocationKind.Browser : RevocationKind.Session;

    /// <summary>How the revocation of a role names whose it was.</summary>
    public string? RoleOfSubject { get; } = Role is null || Subject is null ? null : RoleOf(Subject, Role);

    public static string RoleOf(string subject, string role) => $"{subject}/{role}";

    /// <summary>"iat" has whole seconds; the id of the token's row is a UUID version 7, whose first 48 bits are milliseconds (RFC 9562, section 5.7).</summary>
    public static DateTimeOffset TimeOf(string id, DateTimeOffset iat)
    {
        if (!Guid.TryParse(id, out var uuid) || uuid.Version != 7) return iat;

        Span<byte> bytes = stackalloc byte[16];
        uuid.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16);
    }
}

/// <summary>
/// The active revocations in this process's memory: what this process commits it knows at once, what others commit after their
/// signal, or else after the next poll. A memory that could not be brought up to date is not believed: then the database is asked.
/// </summary>
internal sealed class TokenRevocations(IServiceScopeFactory scopes, TimeProvider time)
{
    /// <summary>Of the signals that there are new ones.</summary>
    public const string Topic = "revocations";

    public static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    // A transaction that commits late brings rows with earlier times; clocks of instances differ as well.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FullReload = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(RevocationKind Kind, string Subject), Revoked> active = new();
    private DateTimeOffset? read;
    private DateTimeOffset readAll;
    private long readAt;

    /// <exception cref="DbException">The memory is too old and the database does not answer.</exception>
    public ValueTask<bool> IsRevokedAsync(TokenIdentity token, CancellationToken ct) =>
        read is not null && time.GetElapsedTime(Volatile.Read(ref readAt)) <= Believed ? new(IsKnown(token)) : new(IsStoredAsync(token, ct));

    public void Learn(TokenRevocation revocation) => active.AddOrUpdate(
        (revocation.Kind, revocation.Subject),
        static (_, added) => new Revoked(added.RevokedAt, added.ExpiresAt),
        static (_, known, added) => known.At >= added.RevokedAt ? known : new Revoked(added.RevokedAt, added.ExpiresAt),
        revocation);

    /// <summary>Reads what is new; now and then everything, in case a transaction took longer than the overlap.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        var (now, timestamp) = (time.GetUtcNow(), time.GetTimestamp());
        var all = read is null || now - readAll >= FullReload;
        var since = all ? DateTimeOffset.MinValue : read!.Value - Overlap;

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AppDbContext>();
        var rows = db.Set<TokenRevocation>().AsNoTracking();
        rows = all ? rows.Where(row => row.ExpiresAt > now) : rows.Where(row => row.RevokedAt > since);
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(ct)) Learn(row);

        if (all) readAll = now;
        read = now;
        Volatile.Write(ref readAt, timestamp);
    }

    /// <summary>Drops what refuses nothing any more, because it has expired by itself.</summary>
    public Task ForgetAsync()
    {
        var now = time.GetUtcNow();
        foreach (var (key, revoked) in active)
            if (revoked.Until < now)
                active.TryRemove(KeyValuePair.Create(key, revoked));
        return Task.CompletedTask;
    }

    private bool IsKnown(TokenIdentity token) => !active.IsEmpty && (
        active.ContainsKey((RevocationKind.Token, token.Id))
        || token.KeyId is not null && active.ContainsKey((RevocationKind.Key, token.KeyId))
        || token.SessionId is not null && active.ContainsKey((token.OfSession, token.SessionId))
        || IsKnown(RevocationKind.Client, token.ClientId, token.IssuedAt)
        || IsKnown(RevocationKind.User, token.Subject, token.IssuedAt)
        || IsKnown(RevocationKind.Role, token.RoleOfSubject, token.IssuedAt));

    private bool IsKnown(RevocationKind kind, string? subject, DateTimeOffset issuedAt) =>
        subject is not null && active.TryGetValue((kind, subject), out var revoked) && issuedAt <= revoked.At;

    private async Task<bool> IsStoredAsync(TokenIdentity token, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<AppDbContext>().Set<TokenRevocation>().AnyAsync(
            row => row.Kind == RevocationKind.Token && row.Subject == token.Id
                || row.Kind == RevocationKind.Key && row.Subject == token.KeyId
                || row.Kind == token.OfSession && row.Subject == token.SessionId
                || row.Kind == RevocationKind.Client && row.Subject == token.ClientId && row.RevokedAt >= token.IssuedAt
                || row.Kind == RevocationKind.Role && row.Subject == token.RoleOfSubject && row.RevokedAt >= token.IssuedAt
                || row.Kind == RevocationKind.User && row.Subject == token.Subject && row.RevokedAt >= token.IssuedAt,
            ct);
    }

    private sealed record Revoked(DateTimeOffset At, DateTimeOffset Until);
}

/// <summary>Tells this process of its own revocations once they are committed, never before, and the others that there are some: a roll-back revokes nothing.</summary>
internal sealed class RevocationsInterceptor(TokenRevocations revocations, ISignals signals) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { Database.CurrentTransaction: null } db) Learn(db);
        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { } db) Learn(db);
        return Task.CompletedTask;
    }

    private void Learn(DbContext db)
    {
        var committed = db.ChangeTracker.Entries<TokenRevocation>().Where(entry => entry.State == EntityState.Unchanged).Select(entry => entry.Entity).ToList();
        foreach (var revocation in committed) revocations.Learn(revocation);
        if (committed.Count > 0) signals.Send(TokenRevocations.Topic);
    }
}
