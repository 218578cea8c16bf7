using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using OpenIddict.EntityFrameworkCore;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Sets the foreign keys without loading the rows behind them, writes the audit entry of a new token in the same round trip,
/// and locks a token that is looked up to be redeemed.
/// </summary>
internal sealed class OAuthTokenStore(
    IMemoryCache cache, IOpenIddictEntityFrameworkCoreContext context, IOptionsMonitor<OpenIddictEntityFrameworkCoreOptions> options, AppDbContext db, TokenAudit audit)
    : OpenIddictEntityFrameworkCoreTokenStore<OAuthToken, OAuthApplication, OAuthAuthorization, Guid>(cache, context, options)
{
    public override ValueTask CreateAsync(OAuthToken token, CancellationToken cancellationToken)
    {
        db.Add(token);
        audit.Created(token);
        return base.CreateAsync(token, cancellationToken);
    }

    /// <summary>
    /// In a transaction the row stays locked until its end: of two that redeem it at once, the second sees that it is redeemed.
    /// SQLite needs none of it, its transactions exclude one another. The lock is a statement of its own, so that what is read
    /// after it (the authorization too) is what the other one committed.
    /// </summary>
    public override async ValueTask<OAuthToken?> FindByReferenceIdAsync(string identifier, CancellationToken cancellationToken)
    {
        if (db.Database.CurrentTransaction is not null && db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlAsync($"SELECT 1 FROM oauth_tokens WHERE reference_id = {identifier} FOR UPDATE", cancellationToken);
        }

        return await base.FindByReferenceIdAsync(identifier, cancellationToken);
    }

    public override ValueTask SetApplicationIdAsync(OAuthToken token, string? identifier, CancellationToken cancellationToken) =>
        SetKey(token, "ApplicationId", identifier);

    public override ValueTask SetAuthorizationIdAsync(OAuthToken token, string? identifier, CancellationToken cancellationToken) =>
        SetKey(token, "AuthorizationId", identifier);

    public override ValueTask<string?> GetApplicationIdAsync(OAuthToken token, CancellationToken cancellationToken) => GetKey(token, "ApplicationId");

    public override ValueTask<string?> GetAuthorizationIdAsync(OAuthToken token, CancellationToken cancellationToken) => GetKey(token, "AuthorizationId");

    private ValueTask SetKey(OAuthToken token, string property, string? identifier)
    {
        var entry = db.Entry(token);
        if (entry.State is EntityState.Detached) entry.State = EntityState.Added;
        entry.Property(property).CurrentValue = string.IsNullOrEmpty(identifier) ? null : ConvertIdentifierFromString(identifier);
        return default;
    }

    private ValueTask<string?> GetKey(OAuthToken token, string property) =>
        new(db.Entry(token).Property<Guid?>(property).CurrentValue is { } key ? ConvertIdentifierToString(key) : null);
}
