using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>The rows of browser sessions: sessions like all others, without a client and without tokens.</summary>
internal sealed class BrowserSessions(AppDbContext db, SessionEnding ending, TokenAudit audit, ICurrentActor actor, TimeProvider time) : IBrowserSessions
{
    /// <summary>Without a request to one of our pages.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(12);

    /// <summary>However often it is used: after that, who is at the browser proves who they are once more (ASVS 5.0, 7.3.2).</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(30);

    /// <summary>Requests are noted so far apart: a page is not worth a write.</summary>
    public static readonly TimeSpan Noted = TimeSpan.FromMinutes(5);

    public async Task<Guid> BeginAsync(Guid userId, Guid? replaced, CancellationToken ct)
    {
        var (now, subject) = (time.GetUtcNow(), userId.ToString());
        var session = new OAuthAuthorization
        {
            Id = Guid.CreateVersion7(now),
            Type = SessionTypes.Browser,
            Status = Statuses.Valid,
            Subject = subject,
            CreationDate = now.UtcDateTime,
            LastSeenAt = now,
            IpAddress = actor.IpAddress,
            UserAgent = actor.UserAgent,
        };
        if (replaced is { } before)
        {
            // Who proves once more who they are is not logged out of the programs for that.
            await db.Set<OAuthAuthorization>().Where(row => row.BrowserSessionId == before && row.Subject == subject)
                .ExecuteUpdateAsync(row => row.SetProperty(one => one.BrowserSessionId, session.Id), ct);
            var (ended, owner) = await ending.EndAsync(before, ct);
            foreach (var one in ended) audit.SessionEnded(one, owner);
        }

        db.Add(session);
        return session.Id;
    }

    /// <summary>Its browser was here: it lives on from now. Saved at once.</summary>
    public Task NoteAsync(Guid sessionId, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return db.Set<OAuthAuthorization>().Where(row => row.Id == sessionId && row.Status == Statuses.Valid && row.LastSeenAt < now)
            .ExecuteUpdateAsync(row => row.SetProperty(one => one.LastSeenAt, now), ct);
    }
}

/// <summary>
/// What a program is given in a browser ends with the browser's session, but for what it may use when nobody is there: that was asked for as such
/// (OpenID Connect Back-Channel Logout, section 2.7, has the same rule for its refresh tokens).
/// </summary>
internal sealed class BindToBrowser(AppDbContext db) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var principal = context.Principal!;
        if (principal.HasScope(Scopes.OfflineAccess) || !Guid.TryParse(principal.GetClaim(BrowserSession.Claim), out var browser)
            || !Guid.TryParse(principal.GetAuthorizationId(), out var id)) return;

        // Made a moment ago by this request, and saved with the code.
        if (await db.Set<OAuthAuthorization>().FindAsync([id], context.CancellationToken) is { } session) session.BrowserSessionId = browser;
    }
}
