using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using OpenIddict.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Writes the audit entry of a new token together with it, leaves what a request to the token endpoint writes to its end, and
/// locks a token that is looked up to be redeemed. Neither client nor authorization is loaded with a token: their ids are enough.
/// </summary>
internal sealed class OAuthTokenStore(
    IMemoryCache cache, IOpenIddictEntityFrameworkCoreContext context, IOptionsMonitor<OpenIddictEntityFrameworkCoreOptions> options, AppDbContext db, TokenRows rows, TokenAudit audit, TimeProvider time)
    : OpenIddictEntityFrameworkCoreTokenStore<OAuthToken, OAuthApplication, OAuthAuthorization, Guid>(cache, context, options)
{
    public override async ValueTask CreateAsync(OAuthToken token, CancellationToken cancellationToken)
    {
        db.Add(token);
        audit.Created(token);
        if (!rows.TryAdd(token)) await db.SaveChangesAsync(cancellationToken);
    }

    public override ValueTask UpdateAsync(OAuthToken token, CancellationToken cancellationToken)
    {
        if (!rows.Has(token)) return base.UpdateAsync(token, cancellationToken);

        token.ConcurrencyToken = Guid.CreateVersion7(time.GetUtcNow()).ToString();
        return default;
    }

    public override ValueTask<OAuthToken?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        db.Set<OAuthToken>().FindAsync([ConvertIdentifierFromString(identifier)], cancellationToken);

    /// <summary>
    /// In a transaction the row stays locked until its end: of two that redeem it at once, the second sees that it is redeemed.
    /// SQLite needs none of it, its transactions exclude one another. What waited for the lock reads the row as the other one
    /// left it; what is read after it, in statements of their own (the authorization too), is what the other one committed.
    /// </summary>
    public override async ValueTask<OAuthToken?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (rows.Find(identifier) is { } known) return known;

        var tokens = db.Set<OAuthToken>();
        if (db.Database.CurrentTransaction is null) return await tokens.FirstOrDefaultAsync(row => row.ReferenceId == identifier, cancellationToken);

        var locked = db.Database.IsNpgsql() ? tokens.FromSql($"SELECT * FROM oauth_tokens WHERE reference_id = {identifier} FOR UPDATE") : tokens.Where(row => row.ReferenceId == identifier);
        await foreach (var token in locked.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            rows.TryAdd(token);
            return token;
        }

        return null;
    }

    public override ValueTask SetApplicationIdAsync(OAuthToken token, string? identifier, CancellationToken cancellationToken)
    {
        token.ApplicationId = Key(identifier);
        return default;
    }

    public override ValueTask SetAuthorizationIdAsync(OAuthToken token, string? identifier, CancellationToken cancellationToken)
    {
        token.AuthorizationId = Key(identifier);
        return default;
    }

    public override ValueTask<string?> GetApplicationIdAsync(OAuthToken token, CancellationToken cancellationToken) => new(token.ApplicationId?.ToString());

    public override ValueTask<string?> GetAuthorizationIdAsync(OAuthToken token, CancellationToken cancellationToken) => new(token.AuthorizationId?.ToString());

    private Guid? Key(string? identifier) => string.IsNullOrEmpty(identifier) ? null : ConvertIdentifierFromString(identifier);
}

/// <summary>Loads an authorization without its client, and notes where a session began.</summary>
internal sealed class OAuthAuthorizationStore(
    IMemoryCache cache, IOpenIddictEntityFrameworkCoreContext context, IOptionsMonitor<OpenIddictEntityFrameworkCoreOptions> options, AppDbContext db, ICurrentActor actor)
    : OpenIddictEntityFrameworkCoreAuthorizationStore<OAuthAuthorization, OAuthApplication, OAuthToken, Guid>(cache, context, options)
{
    public override ValueTask CreateAsync(OAuthAuthorization authorization, CancellationToken cancellationToken)
    {
        if (authorization.Type == AuthorizationTypes.AdHoc) (authorization.IpAddress, authorization.UserAgent) = (actor.IpAddress, actor.UserAgent);
        return base.CreateAsync(authorization, cancellationToken);
    }

    public override ValueTask<OAuthAuthorization?> FindByIdAsync(string identifier, CancellationToken cancellationToken) =>
        db.Set<OAuthAuthorization>().FindAsync([ConvertIdentifierFromString(identifier)], cancellationToken);
}
