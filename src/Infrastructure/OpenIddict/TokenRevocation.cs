using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Caching;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.OpenIddict;

/// <summary>Access tokens that are refused although they have not expired: written in the transaction of what ended them.</summary>
internal sealed class TokenRevocation
{
    /// <summary>UUID version 7, of the time of the revocation.</summary>
    public required Guid Id { get; init; }

    public required RevocationKind Kind { get; init; }

    /// <summary>The token's <c>jti</c>, <c>sid</c>, <c>client_id</c>, <c>sub</c> or <c>kid</c>; of a role <c>sub/role</c>.</summary>
    public required string Subject { get; init; }

    public required DateTimeOffset RevokedAt { get; init; }

    /// <summary>After this every token that it refuses has expired by itself.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal enum RevocationKind
{
    /// <summary>One access token.</summary>
    Token,

    /// <summary>All access tokens of a session.</summary>
    Session,

    /// <summary>All access tokens that a client was given before.</summary>
    Client,

    /// <summary>All access tokens and browser sessions that a user was given before.</summary>
    User,

    /// <summary>Everything that a signing key has signed.</summary>
    Key,

    /// <summary>One browser session.</summary>
    Browser,

    /// <summary>All access tokens that a user was given before and that name a role which they do not have any more.</summary>
    Role,
}

internal sealed class TokenRevocationConfiguration : IEntityTypeConfiguration<TokenRevocation>
{
    public void Configure(EntityTypeBuilder<TokenRevocation> revocation)
    {
        revocation.ToTable("token_revocations");
        revocation.IsAuditedTogether();
        revocation.Property(row => row.Id).ValueGeneratedNever();
        revocation.Property(row => row.Subject).HasMaxLength(100);
        // The poll.
        revocation.HasIndex(row => row.RevokedAt).HasDatabaseName("ix_token_revocations_revoked_at");
        // The check against the database, where the poll has failed.
        revocation.HasIndex(row => new { row.Subject, row.Kind }).HasDatabaseName("ix_token_revocations_subject");
        // Clean-up.
        revocation.HasIndex(row => row.ExpiresAt).HasDatabaseName("ix_token_revocations_expiry");
    }
}

/// <summary>Adds revocations to the unit of work: they hold once it has committed, here at once and on every instance within a second.</summary>
internal sealed class RevocationWriter(AppDbContext db, OAuthSettings settings, TimeProvider time)
{
    // A refresh that is under way has read the role as it was, and issues its token a moment later.
    private static readonly TimeSpan Issuance = TimeSpan.FromSeconds(10);

    /// <param name="beyond">Tokens that are issued within this time are refused as well: a transaction that began before may still issue some.</param>
    public void Add(RevocationKind kind, string subject, TimeSpan beyond = default)
    {
        var now = time.GetUtcNow();
        // Browser sessions outlive access tokens.
        var life = kind is RevocationKind.User or RevocationKind.Browser && BrowserSessions.Life > settings.AccessTokenExpiry ? BrowserSessions.Life : settings.AccessTokenExpiry;
        // Another instance that still remembers the client as it was gives it tokens for a moment more: they are revoked as well.
        var until = kind switch { RevocationKind.Client => now + CacheInvalidations.Believed, RevocationKind.Role => now + Issuance, _ => now + beyond };
        db.Add(new TokenRevocation { Id = Guid.CreateVersion7(now), Kind = kind, Subject = subject, RevokedAt = until, ExpiresAt = until + life + TimeSpan.FromMinutes(1) });
    }
}
