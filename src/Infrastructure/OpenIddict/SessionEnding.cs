using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Ends a session with everything that it gave, and a browser session with what programs were given in it. Bulk updates do not touch the rows' concurrency tokens, so a refresh that is
/// under way may still write its token: the revoked authorization, which every later use checks, and the revocation of the
/// session, which every bearer check knows, refuse that one too.
/// </summary>
internal sealed class SessionEnding(AppDbContext db, RevocationWriter revocations)
{
    /// <summary>Takes part in the caller's transaction; the caller saves.</summary>
    /// <returns>What had not ended before, and whose it was: null where there is no such session.</returns>
    public async Task<(IReadOnlyList<Guid> Ended, Guid? UserId)> EndAsync(Guid sessionId, CancellationToken ct)
    {
        var rows = await db.Set<OAuthAuthorization>().AsNoTracking()
            .Where(row => row.Id == sessionId || row.BrowserSessionId == sessionId).Select(row => new { row.Id, row.Type, row.Status, row.Subject }).ToListAsync(ct);
        if (rows.Count == 0) return ([], null);

        await RevokeAsync(rows.ConvertAll(row => row.Id), ct);
        var ended = rows.FindAll(row => row.Status != Statuses.Revoked);
        foreach (var row in ended) Refuse(row.Id, row.Type);
        return (ended.ConvertAll(row => row.Id), Guid.TryParse(rows[0].Subject, out var user) ? user : null);
    }

    /// <summary>The same for all sessions of a user.</summary>
    /// <returns>Those that had not ended before.</returns>
    public async Task<IReadOnlyList<Guid>> EndAllAsync(Guid userId, Guid? except, CancellationToken ct)
    {
        // A log-in that is under way holds the account until its session is there, or begins after this and finds the account changed.
        if (db.Database.IsNpgsql()) await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {userId} FOR NO KEY UPDATE", ct);
        var subject = userId.ToString();
        var sessions = await db.Set<OAuthAuthorization>().AsNoTracking()
            .Where(row => row.Subject == subject && SessionTypes.All.Contains(row.Type) && row.Status != Statuses.Revoked && row.Id != except)
            .Select(row => new { row.Id, row.Type }).ToListAsync(ct);
        var ids = sessions.ConvertAll(row => row.Id);
        await RevokeAsync(ids, ct);
        foreach (var session in sessions) Refuse(session.Id, session.Type);
        if (except is null) revocations.Add(RevocationKind.User, subject);
        return ids;
    }

    private async Task RevokeAsync(List<Guid> sessions, CancellationToken ct)
    {
        await db.Set<OAuthToken>().Where(row => sessions.Contains(row.Authorization!.Id) && row.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.Status, Statuses.Revoked), ct);
        await db.Set<OAuthAuthorization>().Where(row => sessions.Contains(row.Id))
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, Statuses.Revoked), ct);
    }

    private void Refuse(Guid id, string? type) => revocations.Add(type == SessionTypes.Browser ? RevocationKind.Browser : RevocationKind.Session, id.ToString());
}
