using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.ValueGeneration;

namespace GoApi.Infrastructure.OpenIddict;

internal sealed class OAuthConfiguration :
    IEntityTypeConfiguration<OAuthApplication>, IEntityTypeConfiguration<OAuthAuthorization>,
    IEntityTypeConfiguration<OAuthScope>, IEntityTypeConfiguration<OAuthToken>
{
    // OpenIddict keeps lists as JSON in one column; the API's own limits are far below.
    private const int Json = 20_000;

    public void Configure(EntityTypeBuilder<OAuthApplication> application)
    {
        application.ToTable("oauth_applications");
        application.IsAudited("client");
        application.Property(row => row.Id).HasValueGenerator<Guid7Generator>();
        application.Property(row => row.ApplicationType).HasMaxLength(50);
        application.Property(row => row.ClientId).HasMaxLength(100);
        application.Property(row => row.ClientSecret).HasMaxLength(100).IsSecret();
        application.Property(row => row.PreviousSecret).HasMaxLength(100).IsSecret();
        application.Property(row => row.ClientType).HasMaxLength(50);
        application.Property(row => row.ConcurrencyToken).HasMaxLength(50).IsNotAudited();
        application.Property(row => row.ConsentType).HasMaxLength(50);
        application.Property(row => row.DisplayName).HasMaxLength(100);
        application.Property(row => row.DisplayNames).HasMaxLength(Json);
        application.Property(row => row.JsonWebKeySet).HasMaxLength(Json);
        application.Property(row => row.Permissions).HasMaxLength(Json);
        application.Property(row => row.PostLogoutRedirectUris).HasMaxLength(Json);
        application.Property(row => row.Properties).HasMaxLength(Json);
        application.Property(row => row.RedirectUris).HasMaxLength(Json);
        application.Property(row => row.Requirements).HasMaxLength(Json);
        application.Property(row => row.Settings).HasMaxLength(Json);
        application.Property(row => row.Description).HasMaxLength(500);
        application.Property(row => row.LastUsedAt).IsNotAudited();
        application.Property(row => row.Version).IsConcurrencyToken();
        application.Ignore(row => row.Events);
        application.Ignore(row => row.RequireConsent);
        application.HasIndex(row => row.ClientId).IsUnique().HasDatabaseName("ux_oauth_applications_client_id");
    }

    public void Configure(EntityTypeBuilder<OAuthAuthorization> authorization)
    {
        authorization.ToTable("oauth_authorizations");
        authorization.IsAuditedTogether();
        authorization.BelongsToPerson(row => row.Subject);
        authorization.Property(row => row.Id).HasValueGenerator<Guid7Generator>();
        authorization.Property(row => row.ConcurrencyToken).HasMaxLength(50);
        authorization.Property(row => row.Properties).HasMaxLength(Json).IsPersonalSecret();
        authorization.Property(row => row.Scopes).HasMaxLength(4_000).IsPersonal();
        authorization.Property(row => row.Status).HasMaxLength(50);
        authorization.Property(row => row.Subject).HasMaxLength(100);
        authorization.Property(row => row.Type).HasMaxLength(50);
        authorization.Property(row => row.IpAddress).HasMaxLength(64).IsPersonal();
        authorization.Property(row => row.UserAgent).HasMaxLength(512).IsPersonal();
        authorization.Property(row => row.LastSeenAt).IsNotAudited().IsPersonal();
        // A user's sessions, newest first.
        authorization.HasIndex(row => new { row.Subject, row.Type, row.Id }).HasDatabaseName("ix_oauth_authorizations_subject");
        // Clean-up.
        authorization.HasIndex(row => row.CreationDate).HasDatabaseName("ix_oauth_authorizations_created");
        authorization.HasIndex(row => row.LastSeenAt).HasFilter("last_seen_at IS NOT NULL").HasDatabaseName("ix_oauth_authorizations_last_seen");
        // What ends with a browser session.
        authorization.HasIndex(row => row.BrowserSessionId).HasFilter("browser_session_id IS NOT NULL").HasDatabaseName("ix_oauth_authorizations_browser_session");
    }

    public void Configure(EntityTypeBuilder<OAuthScope> scope)
    {
        scope.ToTable("oauth_scopes");
        scope.IsAuditedTogether();
        scope.Property(row => row.Id).HasValueGenerator<Guid7Generator>();
        scope.Property(row => row.ConcurrencyToken).HasMaxLength(50);
        scope.Property(row => row.Description).HasMaxLength(500);
        scope.Property(row => row.Descriptions).HasMaxLength(Json);
        scope.Property(row => row.DisplayName).HasMaxLength(200);
        scope.Property(row => row.DisplayNames).HasMaxLength(Json);
        scope.Property(row => row.Name).HasMaxLength(200);
        scope.Property(row => row.Properties).HasMaxLength(Json);
        scope.Property(row => row.Resources).HasMaxLength(Json);
    }

    public void Configure(EntityTypeBuilder<OAuthToken> token)
    {
        token.ToTable("oauth_tokens");
        token.IsAuditedTogether();
        // Of a client's own token it is the client.
        token.BelongsToPerson(row => row.Subject);
        token.Property(row => row.Id).HasValueGenerator<Guid7Generator>();
        token.Property(row => row.ConcurrencyToken).HasMaxLength(50);
        // Encrypted codes, refresh tokens and pushed requests, whose parameters BoundedParameters bounds.
        token.Property(row => row.Payload).HasMaxLength(40_000).IsPersonalSecret();
        token.Property(row => row.Properties).HasMaxLength(Json).IsPersonalSecret();
        token.Property(row => row.ReferenceId).HasMaxLength(100).IsPersonalSecret();
        token.Property(row => row.Status).HasMaxLength(50);
        token.Property(row => row.Subject).HasMaxLength(100);
        token.Property(row => row.Type).HasMaxLength(150);
        // Clean-up.
        token.HasIndex(row => row.ExpirationDate).HasDatabaseName("ix_oauth_tokens_expiry");
    }

    private sealed class Guid7Generator : ValueGenerator<Guid>
    {
        public override bool GeneratesTemporaryValues => false;

        public override Guid Next(EntityEntry entry) => Guid.CreateVersion7();
    }
}
