using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// The tokens of one request to the token endpoint: those that it has locked and those that it makes. OpenIddict saves after
/// each of its steps; nobody can see or change these rows before the request ends, so they are written once, then, with
/// their audit entries (decision 0022).
/// </summary>
internal sealed class TokenRows(AppDbContext db, AuditProtection protection, RowBatch batch)
{
    private readonly List<OAuthToken> rows = [];
    private bool collects;

    /// <summary>From here on until <see cref="WriteAsync"/>.</summary>
    public void Collect() => collects = true;

    /// <param name="token">New and tracked, or locked by the transaction of the request.</param>
    /// <returns>Whether <see cref="WriteAsync"/> is going to write it, so that its store need not.</returns>
    public bool TryAdd(OAuthToken token)
    {
        if (collects) rows.Add(token);
        return collects;
    }

    public bool Has(OAuthToken token) => rows.Contains(token);

    public OAuthToken? Find(string reference) => rows.Find(row => row.ReferenceId == reference);

    /// <summary>Writes all that the request has changed, in its transaction if it has one.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        collects = false;
        rows.Clear();
        var changed = Changed();
        if (changed.Count == 0) return;

        // The batch passes the interceptor that would add a missing entry.
        if (db.Database.IsNpgsql() && db.Scope is { MessageInWork: null } scope && changed.TrueForAll(IsPlain) && changed.Exists(row => row.Entity is AuditEntry))
        {
            // It adds rows of its own.
            await protection.ProtectAsync(db, ct);
            await batch.WriteAsync(db, Changed(), ct);
            if (db.Database.CurrentTransaction is not null) scope.Trail = scope.Trail with { HasEntry = true };
        }
        else
        {
            await db.SaveChangesAsync(ct);
        }
    }

    private List<EntityEntry> Changed() => [.. db.ChangeTracker.Entries().Where(row => row.State is not (EntityState.Unchanged or EntityState.Detached))];

    // Without a transaction a lost race for one row could not undo the others.
    private bool IsPlain(EntityEntry row) => row.Entity is OAuthToken or AuditEntry or AuditAddress
        && (row.State == EntityState.Added || row.State == EntityState.Modified && db.Database.CurrentTransaction is not null);
}
