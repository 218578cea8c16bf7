using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Ends a session with everything that it gave. Bulk updates do not touch the rows' concurrency tokens, so a refresh that is
/// under way may still write its token: the revoked authorization, which every later use checks, and the revocation of the
/// session, which every bearer check knows, refuse that one too.
/// </summary>
internal sealed class SessionEnding(AppDbContext db, RevocationWriter revocations)
{
    /// <summary>Takes part in the caller's transaction; the caller saves.</summary>
    /// <returns>Whose session it was; null where there is none, or it had ended before.</returns>
    public async Task<(bool Ended, Guid? UserId)> EndAsync(Guid sessionId, CancellationToken ct)
    {
        var authorization = await db.Set<OAuthAuthorization>().AsNoTracking()
            .Where(row => row.Id == sessionId).Select(row => new { row.Status, row.Subject }).FirstOrDefaultAsync(ct);
        if (authorization is null) return (false, null);

        await db.Set<OAuthToken>().Where(row => row.Authorization!.Id == sessionId && row.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.Status, Statuses.Revoked), ct);
        await db.Set<OAuthAuthorization>().Where(row => row.Id == sessionId)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, Statuses.Revoked), ct);
        if (authorization.Status != Statuses.Revoked) revocations.Add(RevocationKind.Session, sessionId.ToString());
        return (authorization.Status != Statuses.Revoked, Guid.TryParse(authorization.Subject, out var user) ? user : null);
    }

    /// <summary>The same for all sessions of a user; browser sessions have no row and are refused by the time they began.</summary>
    /// <returns>Those that had not ended before.</returns>
    public async Task<IReadOnlyList<Guid>> EndAllAsync(Guid userId, Guid? except, CancellationToken ct)
    {
        // A log-in that is under way holds the account until its session is there, or begins after this and finds the account changed.
        if (db.Database.IsNpgsql()) await db.Database.ExecuteSqlAsync($"SELECT 1 FROM users WHERE id = {userId} FOR NO KEY UPDATE", ct);
        var subject = userId.ToString();
        var sessions = await db.Set<OAuthAuthorization>().AsNoTracking()
            .Where(row => row.Subject == subject && row.Type == AuthorizationTypes.AdHoc && row.Status != Statuses.Revoked && row.Id != except)
            .Select(row => row.Id).ToListAsync(ct);
        await db.Set<OAuthToken>().Where(row => sessions.Contains(row.Authorization!.Id) && row.Status != Statuses.Revoked)
            .ExecuteUpdateAsync(row => row.SetProperty(token => token.Status, Statuses.Revoked), ct);
        await db.Set<OAuthAuthorization>().Where(row => sessions.Contains(row.Id))
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.Status, Statuses.Revoked), ct);
        foreach (var session in sessions) revocations.Add(RevocationKind.Session, session.ToString());
        revocations.Add(except is null ? RevocationKind.User : RevocationKind.Browser, subject);
        return sessions;
    }
}
