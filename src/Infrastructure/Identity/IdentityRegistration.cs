using GoApi.Application.Abstractions.PersonalData;
using GoApi.Application.Users;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GoApi.Infrastructure.Identity;

internal static class IdentityRegistration
{
    public static IServiceCollection AddUsers(this IServiceCollection services, DatabaseSettings database)
    {
        services.AddIdentityCore<AppUser>(options => options.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
            .AddUserStore<UserStore>()
            .AddTokenProvider<DataProtectorTokenProvider<AppUser>>(TokenOptions.DefaultProvider);

        // The use cases validate, with the contract's words, and the unique index decides: Identity's own checks would only repeat queries.
        services.RemoveAll<IUserValidator<AppUser>>();
        services.RemoveAll<IPasswordValidator<AppUser>>();
        services.AddSingleton<ILookupNormalizer, LookupNormalizer>();
        services.AddSingleton<BcryptPasswordHasher>();
        services.AddSingleton<IPasswordHasher<AppUser>>(provider => provider.GetRequiredService<BcryptPasswordHasher>());

        services.AddSingleton<IRegistrationPolicy, RegistrationPolicy>();
        services.AddSingleton<AccountTokens>();
        services.AddSingleton<PasswordHashing>();
        services.AddScoped<KnownDevices>();
        services.AddScoped<IKnownDevices>(provider => provider.GetRequiredService<KnownDevices>());
        services.AddScoped<Lockout>();
        services.AddScoped<IRetention, LogInRetention>();
        services.AddScoped<IUserAccounts, UserAccounts>();
        services.AddScoped<ISecondFactor, SecondFactor>();
        services.AddScoped<IPasswordResets, PasswordResets>();
        services.AddScoped<ICredentialChanges, CredentialChanges>();
        services.AddScoped<IEmailChanges, CredentialChanges>();
        services.AddScoped<IPhoneChanges, PhoneChanges>();
        services.AddScoped<IAvatars, Avatars>();
        services.AddSingleton<UserProjections>();
        services.AddScoped<IUserQueries, UserQueries>();
        services.AddScoped<IUserAdministration, UserAdministration>();
        if (database.IsPostgreSql) services.AddSingleton<IUserSearch, PostgreSqlUserSearch>();
        else services.AddSingleton<IUserSearch, SqliteUserSearch>();
        services.AddScoped<IAdministrators, Administrators>();
        services.AddScoped<IAnonymization, Anonymization>();
        services.AddScoped<IPersonalData, AccountPersonalData>();
        services.AddScoped<IUserDirectory, UserDirectory>();
        return services;
    }

    // Registered addresses are ASCII. Identity's own normalizer also composes characters, and throws for text that has code points which are none.
    private sealed class LookupNormalizer : ILookupNormalizer
    {
        public string? NormalizeEmail(string? email) => email?.ToUpperInvariant();

        public string? NormalizeName(string? name) => name?.ToUpperInvariant();
    }

    private sealed class RegistrationPolicy(AppSettings settings) : IRegistrationPolicy
    {
        public bool IsPrivate => settings.RegistrationPrivate;

        public bool RequiresVerifiedEmail => settings.RequireVerifiedEmail;
    }
}
