using System.Collections.Immutable;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Clients as they were a moment ago, and their secrets: the one that they have, and for a while the one before it.</summary>
internal sealed class OAuthApplicationManager(
    IOpenIddictApplicationCache<OAuthApplication> cache, ILogger<OpenIddictApplicationManager<OAuthApplication>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options, IOpenIddictApplicationStore<OAuthApplication> store, ClientCache clients, ClientSecrets secrets, TimeProvider time)
    : OpenIddictApplicationManager<OAuthApplication>(cache, logger, options, store)
{
    /// <summary>To read: it may be up to a second old and belongs to no unit of work. To change a client, find it by its id.</summary>
    public override ValueTask<OAuthApplication?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken = default) => clients.FindAsync(identifier, cancellationToken);

    public override async ValueTask<bool> ValidateClientSecretAsync(OAuthApplication application, string secret, CancellationToken cancellationToken = default) =>
        await base.ValidateClientSecretAsync(application, secret, cancellationToken)
        || application is { PreviousSecret: { } previous, PreviousSecretExpiresAt: { } end } && time.GetUtcNow() < end && secrets.Matches(secret, previous);

    protected override ValueTask<string> ObfuscateClientSecretAsync(string secret, CancellationToken cancellationToken = default) => new(secrets.Hash(secret));

    protected override ValueTask<bool> ValidateClientSecretAsync(string secret, string comparand, CancellationToken cancellationToken = default) => new(secrets.Matches(secret, comparand));

    public override async ValueTask<bool> ValidateRedirectUriAsync(OAuthApplication application, string uri, CancellationToken cancellationToken = default) =>
        Matches(application, await GetRedirectUrisAsync(application, cancellationToken), uri);

    public override async ValueTask<bool> ValidatePostLogoutRedirectUriAsync(OAuthApplication application, string uri, CancellationToken cancellationToken = default) =>
        Matches(application, await GetPostLogoutRedirectUrisAsync(application, cancellationToken), uri);

    private static bool Matches(OAuthApplication application, ImmutableArray<string> registered, string uri) =>
        registered.Contains(uri, StringComparer.Ordinal) || application.ApplicationType == ApplicationTypes.Native && registered.Any(one => LoopbackAddress.DiffersInPortOnly(one, uri));
}

/// <summary>Tells of every revocation that OpenIddict itself decides on, and ends the whole session where it ends the tokens only.</summary>
internal sealed class OAuthTokenManager(
    IOpenIddictTokenCache<OAuthToken> cache, ILogger<OpenIddictTokenManager<OAuthToken>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options, IOpenIddictTokenStore<OAuthToken> store,
    AppDbContext db, SessionEnding sessions, RevocationWriter revocations, TokenAudit audit, TokenReuse reuse)
    : OpenIddictTokenManager<OAuthToken>(cache, logger, options, store)
{
    /// <summary>OpenIddict calls it where a code or a refresh token is presented that was redeemed before: a theft, as far as anyone can tell.</summary>
    public override async ValueTask<long> RevokeByAuthorizationIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        await reuse.AnswerAsync(Guid.Parse(identifier), cancellationToken) ? 1 : 0;

    public override async ValueTask<bool> TryRevokeAsync(OAuthToken token, CancellationToken cancellationToken = default)
    {
        audit.Revoked(token);
        if (token.Type == TokenTypeIdentifiers.AccessToken) revocations.Add(RevocationKind.Token, token.Id.ToString());
        if (!await base.TryRevokeAsync(token, cancellationToken)) return false;

        // RFC 7009, section 2.1: the refresh token is the grant, so the access tokens that came of it go as well.
        if (token.Type == TokenTypeIdentifiers.RefreshToken && await Store.GetAuthorizationIdAsync(token, cancellationToken) is { } authorization)
        {
            await sessions.EndAsync(Guid.Parse(authorization), cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }

        return true;
    }
}
