using GoApi.Domain.Users;
using GoApi.Infrastructure.Outbox;
using GoApi.Infrastructure.Persistence;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// What follows where a code or a refresh token is presented that was redeemed before (RFC 9700, section 4.14.2): nobody can tell the
/// owner from the thief, so the whole session ends, it is audited, and the owner is told.
/// </summary>
internal sealed class TokenReuse(AppDbContext db, SessionEnding sessions, TokenAudit audit, OutboxWriter outbox, TimeProvider time)
{
    /// <summary>Takes part in the caller's transaction, where there is one: an introspection has none.</summary>
    /// <returns>False where the session had ended before: then its owner knows already.</returns>
    public async Task<bool> AnswerAsync(Guid sessionId, CancellationToken ct)
    {
        await using var transaction = await db.JoinTransactionAsync(ct);
        var (ended, userId) = await sessions.EndAsync(sessionId, ct);
        audit.Reused(sessionId, userId);
        if (ended.Count > 0 && userId is { } owner && db.Scope is { } scope)
            scope.HasUnsentMessages |= outbox.Add(db, [new TokenReuseDetected(owner, sessionId)], scope, time.GetUtcNow());
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return ended.Count > 0;
    }
}
