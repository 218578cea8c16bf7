using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserConfiguration : IEntityTypeConfiguration<AppUser>
{
    public void Configure(EntityTypeBuilder<AppUser> user)
    {
        user.ToTable("users");
        user.IsAudited("user");
        user.BelongsToPerson(row => row.Id);
        user.Property(row => row.Id).ValueGeneratedNever();
        user.Property(row => row.Email).HasMaxLength(254).IsRequired().IsPersonal();
        // The address in other spellings: the export shows it once.
        user.Property(row => row.NormalizedEmail).HasMaxLength(254).IsRequired().IsOrdinal().IsNotAudited().IsPersonalSecret();
        user.Property(row => row.UserName).HasMaxLength(254).IsRequired().IsNotAudited().IsPersonalSecret();
        user.Property(row => row.NormalizedUserName).HasMaxLength(254).IsRequired().IsNotAudited().IsPersonalSecret();
        user.Property(row => row.PasswordHash).HasMaxLength(100).IsSecret().IsPersonalSecret();
        user.Property(row => row.SecurityStamp).HasMaxLength(64).IsNotAudited().IsPersonalSecret();
        user.Property(row => row.ConcurrencyStamp).HasMaxLength(64).IsNotAudited();
        user.Property(row => row.PhoneNumber).HasMaxLength(32).IsPersonal();
        user.Property(row => row.FirstName).HasMaxLength(100).IsPersonal();
        user.Property(row => row.LastName).HasMaxLength(100).IsPersonal();
        user.Property(row => row.SearchText).HasMaxLength(456).IsOrdinal().UsePropertyAccessMode(PropertyAccessMode.Property).IsNotAudited().IsPersonalSecret();
        user.Property(row => row.DateOfBirth).IsPersonal();
        user.Property(row => row.Bio).HasMaxLength(2_000).IsPersonal();
        user.Property(row => row.Gender).HasMaxLength(32).IsPersonal();
        user.Property(row => row.Address).HasMaxLength(255).IsPersonal();
        user.Property(row => row.City).HasMaxLength(100).IsPersonal();
        user.Property(row => row.State).HasMaxLength(100).IsPersonal();
        user.Property(row => row.Country).HasMaxLength(2).IsPersonal();
        user.Property(row => row.ZipCode).HasMaxLength(20).IsPersonal();
        user.Property(row => row.Locale).HasMaxLength(35).IsPersonal();
        user.Property(row => row.TimeZone).HasMaxLength(64).IsPersonal();
        user.Property(row => row.AvatarKey).HasMaxLength(32).IsSecret();
        user.Property(row => row.LastLoginAt).IsNotAudited().IsPersonal();
        user.Property(row => row.Version).IsConcurrencyToken();
        user.Ignore(row => row.Events);
        // Lockout counts for itself: not only accounts.
        user.Ignore(row => row.AccessFailedCount);
        user.Ignore(row => row.LockoutEnabled);
        user.Ignore(row => row.LockoutEnd);

        user.HasIndex(row => row.NormalizedEmail).IsUnique().HasDatabaseName("ux_users_email");
        user.HasIndex(row => row.NormalizedUserName).IsUnique().HasDatabaseName("ux_users_user_name");
        // The lists of administrators: newest first, of one role, of one status, of both, by last name. That by address has the unique index above; that by
        // last log-in an index on an expression, which like those of the search is in UserSearchSql.
        user.HasIndex(row => new { row.CreatedAt, row.Id }).HasDatabaseName("ix_users_created_at");
        user.HasIndex(row => new { row.Role, row.CreatedAt, row.Id }).HasDatabaseName("ix_users_role");
        user.HasIndex(row => new { row.Status, row.CreatedAt, row.Id }).HasDatabaseName("ix_users_status");
        user.HasIndex(row => new { row.Role, row.Status, row.CreatedAt, row.Id }).HasDatabaseName("ix_users_role_status");
        user.HasIndex(row => new { row.SearchText, row.Id }).HasDatabaseName("ix_users_search_text");
    }
}

internal sealed class IdentityTablesConfiguration :
    IEntityTypeConfiguration<IdentityUserClaim<Guid>>, IEntityTypeConfiguration<IdentityUserLogin<Guid>>,
    IEntityTypeConfiguration<IdentityUserToken<Guid>>, IEntityTypeConfiguration<IdentityUserPasskey<Guid>>
{
    public void Configure(EntityTypeBuilder<IdentityUserClaim<Guid>> claim)
    {
        claim.ToTable("user_claims");
        claim.IsAuditedTogether();
        claim.BelongsToPerson(row => row.UserId);
        claim.Property(row => row.ClaimType).HasMaxLength(200).IsPersonal();
        claim.Property(row => row.ClaimValue).HasMaxLength(1_000).IsPersonal();
    }

    public void Configure(EntityTypeBuilder<IdentityUserLogin<Guid>> login)
    {
        login.ToTable("user_logins");
        login.IsAuditedTogether();
        login.BelongsToPerson(row => row.UserId);
        login.Property(row => row.LoginProvider).HasMaxLength(128).IsPersonal();
        login.Property(row => row.ProviderKey).HasMaxLength(128).IsPersonal();
        login.Property(row => row.ProviderDisplayName).HasMaxLength(200).IsPersonal();
    }

    public void Configure(EntityTypeBuilder<IdentityUserToken<Guid>> token)
    {
        token.ToTable("user_tokens");
        token.IsAuditedTogether();
        token.BelongsToPerson(row => row.UserId);
        token.Property(row => row.LoginProvider).HasMaxLength(128).IsPersonal();
        token.Property(row => row.Name).HasMaxLength(128).IsPersonal();
        token.Property(row => row.Value).HasMaxLength(2_000).IsPersonalSecret();
    }

    // Identity maps these only where its options say version 3, which a context made outside of the host does not know.
    public void Configure(EntityTypeBuilder<IdentityUserPasskey<Guid>> passkey)
    {
        passkey.ToTable("user_passkeys");
        passkey.IsAuditedTogether();
        passkey.BelongsToPerson(row => row.UserId);
        passkey.HasKey(row => row.CredentialId);
        passkey.Property(row => row.CredentialId).HasMaxLength(1024).IsPersonalSecret();
        passkey.OwnsOne(row => row.Data).ToJson();
        passkey.HasOne<AppUser>().WithMany().HasForeignKey(row => row.UserId);
    }
}
