using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>
/// Validates our access tokens in the process, without the database (RFC 9068, section 4): signed by one of our keys, ES256 only,
/// <c>at+jwt</c>, issuer, audience, expiry, not revoked. What was verified is remembered, and expiry and revocation are looked at each time.
/// </summary>
internal sealed class AccessTokens
{
    private const int Capacity = 10_000;
    private const int MaxLength = 8_192;

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    private readonly SigningKeys keys;
    private readonly TokenRevocations revocations;
    private readonly TimeProvider time;
    private readonly OAuthIssuer issuer;
    private volatile State state;

    public AccessTokens(IOptionsMonitor<OpenIddictServerOptions> server, SigningKeys keys, TokenRevocations revocations, TimeProvider time, OAuthIssuer issuer)
    {
        (this.keys, this.revocations, this.time, this.issuer) = (keys, revocations, time, issuer);
        state = Build(server.CurrentValue);
        server.OnChange(options => state = Build(options));
    }

    /// <returns>The caller, or null for anything but a valid, unrevoked access token of ours.</returns>
    public async ValueTask<ClaimsPrincipal?> ValidateAsync(string token, CancellationToken ct)
    {
        if (!state.Seen.TryGetValue(token, out var seen))
        {
            seen = await VerifyAsync(token, state) ?? (await IsOfNewKeyAsync(token, ct) ? await VerifyAsync(token, state) : null);
            if (seen is null) return null;
        }

        return time.GetUtcNow() < seen.Expires && !await revocations.IsRevokedAsync(seen.Identity, ct) ? seen.Principal : null;
    }

    private static async Task<Seen?> VerifyAsync(string token, State current)
    {
        if (token.Length > MaxLength || await Handler.ValidateTokenAsync(token, current.Parameters) is not { IsValid: true, SecurityToken: JsonWebToken jwt } result) return null;
        if (jwt.Id is not { Length: > 0 } id || jwt.Subject is not { Length: > 0 } subject || !jwt.TryGetPayloadValue("client_id", out string clientId)) return null;

        jwt.TryGetPayloadValue("sid", out string? sessionId);
        jwt.TryGetPayloadValue("role", out string? role);
        var identity = new TokenIdentity(id, sessionId, subject, clientId, TokenIdentity.TimeOf(id, jwt.IssuedAt), jwt.Kid, Role: role);
        var seen = new Seen(new ClaimsPrincipal(result.ClaimsIdentity), identity, jwt.ValidTo);
        if (current.Seen.Count >= Capacity) current.Seen.Clear();
        current.Seen.TryAdd(token, seen);
        return seen;
    }

    // Another instance may have rotated the keys a moment ago. Loading them here has built the state anew when it returns.
    private async ValueTask<bool> IsOfNewKeyAsync(string token, CancellationToken ct)
    {
        if (token.Length > MaxLength || !Handler.CanReadToken(token)) return false;

        string? keyId;
        try
        {
            keyId = Handler.ReadJsonWebToken(token).Kid;
        }
        catch (ArgumentException)
        {
            // It has the shape of a token and is none.
            return false;
        }

        var known = state;
        return Guid.TryParseExact(keyId, "N", out _) && await keys.FindAsync(keyId, ct) && state != known;
    }

    // New keys, new parameters and an empty memory: a key that is gone verifies nothing more.
    private State Build(OpenIddictServerOptions options) => new(
        new TokenValidationParameters
        {
            ValidTypes = ["at+jwt", "application/at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidIssuer = issuer.Value,
            ValidAudience = issuer.Audience,
            IssuerSigningKeys = [.. options.SigningCredentials.Select(credentials => credentials.Key).OfType<AsymmetricSecurityKey>()],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            TryAllIssuerSigningKeys = false,
            ClockSkew = TimeSpan.Zero,
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime,
            NameClaimType = "sub",
            RoleClaimType = "role",
            AuthenticationType = BearerHandler.SchemeName,
        },
        new ConcurrentDictionary<string, Seen>());

    private sealed record State(TokenValidationParameters Parameters, ConcurrentDictionary<string, Seen> Seen);

    private sealed record Seen(ClaimsPrincipal Principal, TokenIdentity Identity, DateTimeOffset Expires);
}
