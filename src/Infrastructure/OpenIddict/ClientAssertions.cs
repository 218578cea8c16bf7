using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
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
        assertion.Property(row => row.Id).HasMaxLength(64);
        // Clean-up.
        assertion.HasIndex(row => row.ExpiresAt).HasDatabaseName("ix_oauth_client_assertions_expiry");
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
