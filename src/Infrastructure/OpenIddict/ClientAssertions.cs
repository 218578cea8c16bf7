using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>A client assertion that was used: a second one with its <c>jti</c> is a replay (OpenID Connect Core, section 9).</summary>
internal sealed class ClientAssertion
{
    /// <summary>A digest of the client and the <c>jti</c>, which may be as long as it likes.</summary>
    public required string Id { get; init; }

    /// <summary>From then on it is refused for its age.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class ClientAssertionConfiguration : IEntityTypeConfiguration<ClientAssertion>
{
    public void Configure(EntityTypeBuilder<ClientAssertion> assertion)
    {
        assertion.ToTable("oauth_client_assertions");
        assertion.IsBookkeeping("Remembers what was used, against replay; the token that it leads to has an entry, and so has a refusal.");
        assertion.Property(row => row.Id).HasMaxLength(64);
        // Clean-up.
        assertion.HasIndex(row => row.ExpiresAt).HasDatabaseName("ix_oauth_client_assertions_expiry");
    }
}

/// <summary>
/// The client libraries in use send no <c>typ</c>, or <c>JWT</c> (RFC 7523 asks for none), where OpenIddict wants the one of a draft that is to
/// follow it. Nothing is lost: the keys are the client's own, and it signs nothing else for us. Only signatures of a key that the client alone has.
/// </summary>
internal sealed class AcceptPlainAssertions : IOpenIddictServerHandler<ValidateTokenContext>
{
    private const string Typed = "client-authentication+jwt";

    public static readonly string[] Algorithms =
    [
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
    ];

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!context.ValidTokenTypes.SetEquals([TokenTypeIdentifiers.Private.ClientAssertion])) return default;

        context.TokenValidationParameters.ValidAlgorithms = Algorithms;
        context.TokenValidationParameters.TypeValidator = (type, _, _) => type is null or "" || IsOf(type, "JWT") || IsOf(type, Typed)
            ? Typed
            : throw new SecurityTokenInvalidTypeException("It is no client assertion.") { InvalidType = type };
        return default;
    }

    // RFC 7515, section 4.1.9: "application/" may be left out.
    private static bool IsOf(string type, string wanted) =>
        type.Equals(wanted, StringComparison.OrdinalIgnoreCase) || type.Equals($"application/{wanted}", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Whoever does not prove who they are is an invalid client (RFC 7521, section 4.2.1), where OpenIddict says invalid token or grant. The one
/// audience is the issuer: an assertion made for an address could be meant for another server that says it has that address.
/// </summary>
internal sealed class RefuseForeignAssertions(OAuthIssuer issuer) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is not { } assertion || assertion.GetTokenType() != TokenTypeIdentifiers.Private.ClientAssertion) return default;

        var client = assertion.GetClaim(Claims.Issuer) ?? assertion.GetClaim(Claims.Private.Issuer);
        var audiences = assertion.GetAudiences();
        if (audiences.Length != 1 || audiences[0].TrimEnd('/') != issuer.Value)
            context.Reject(Errors.InvalidClient, "The one audience of a client assertion is the issuer.");
        else if (client is null || client != assertion.GetClaim(Claims.Subject) || context.Request?.ClientId is { } named && named != client)
            context.Reject(Errors.InvalidClient, "Issuer and subject of a client assertion are the client.");
        return default;
    }
}

/// <summary>RFC 8414, section 2: which signatures of client assertions are accepted, wherever a client proves itself.</summary>
internal sealed class NameAssertionAlgorithms : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        foreach (var endpoint in (string[])["token", "revocation", "introspection"])
            context.Metadata[$"{endpoint}_endpoint_auth_signing_alg_values_supported"] = new OpenIddictParameter([.. AcceptPlainAssertions.Algorithms.Select(algorithm => (string?)algorithm)]);
        return default;
    }
}

/// <summary>
/// OpenIddict has verified signature, issuer, audience and expiry. An assertion is good for a few minutes and once (RFC 7523, section 3):
/// the insert decides, so that of two uses at once, on whatever instances, one is a replay. It is spent also where the request fails later.
/// </summary>
internal sealed class SpendClientAssertion(AppDbContext db, TimeProvider time) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    private static readonly TimeSpan MaxLife = TimeSpan.FromMinutes(10);

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.ClientAssertionPrincipal is not { } assertion || context.ClientId is not { } clientId) return;

        if (assertion.GetClaim(Claims.JwtId) is not { Length: > 0 } jti || assertion.GetExpirationDate() is not { } expires || expires > time.GetUtcNow() + MaxLife)
        {
            context.Reject(Errors.InvalidClient, "A client assertion has a jti, and an exp at most ten minutes ahead.");
            return;
        }

        // OpenIddict accepts a token for a while after its expiry, for clocks that differ.
        var spent = new ClientAssertion { Id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{clientId}\n{jti}"))), ExpiresAt = expires + MaxLife };
        db.Add(spent);
        try
        {
            await db.SaveChangesAsync(context.CancellationToken);
        }
        catch (DbUpdateException refused) when (refused.IsUniqueViolation())
        {
            db.Entry(spent).State = EntityState.Detached;
            context.Reject(Errors.InvalidClient, "The client assertion was used before.");
        }
    }
}
