using GoApi.Application.Abstractions.Persistence;
using GoApi.Infrastructure.Identity;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace GoApi.Infrastructure.Persistence;

/// <summary>The one model for both databases. It has no sets: each module's repository and queries ask for their own.</summary>
internal abstract class AppDbContext(DbContextOptions options) : IdentityUserContext<AppUser, Guid>(options), IDataProtectionKeyContext
{
    /// <summary>Who and what this unit of work belongs to; the interceptors read it. Null at design time.</summary>
    public UnitOfWorkScope? Scope { get; set; }

    DbSet<DataProtectionKey> IDataProtectionKeyContext.DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.UseOpenIddict<OAuthApplication, OAuthAuthorization, OAuthScope, OAuthToken, Guid>();
        builder.ApplyConfigurationsFromAssembly(typeof(AppDbContext).Assembly);

        foreach (var property in builder.Model.GetEntityTypes().SelectMany(type => type.GetProperties()))
        {
            if ((Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType) is { IsEnum: true } enumeration)
            {
                property.SetValueConverter((ValueConverter)Activator.CreateInstance(typeof(EnumTextConverter<>).MakeGenericType(enumeration))!);
                property.SetMaxLength(32);
            }

            if (property.IsComparedByCodePoints() && Database.IsNpgsql()) property.SetCollation("C");
        }
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder conventions)
    {
        if (Database.IsSqlite()) conventions.Properties<DateTimeOffset>().HaveConversion<MicrosecondsConverter>();
    }

    private sealed class MicrosecondsConverter() : ValueConverter<DateTimeOffset, long>(
        moment => Sqlite.Microseconds(moment),
        microseconds => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond));

    private sealed class EnumTextConverter<T>() : ValueConverter<T, string>(value => value.ToText(), text => EnumText.Parse<T>(text)!.Value) where T : struct, Enum;
}
