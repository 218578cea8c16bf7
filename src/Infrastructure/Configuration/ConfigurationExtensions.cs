using DotNetEnv;
using Microsoft.Extensions.Configuration;

namespace GoApi.Infrastructure.Configuration;

public static class ConfigurationExtensions
{
    private const int MaxLogo = 256 * 1024;

    /// <summary>Adds <c>.env</c> of the working directory or the nearest folder above it; the environment wins over it, and it over <c>appsettings*.json</c>.</summary>
    public static IConfigurationBuilder AddDotEnv(this IConfigurationBuilder builder)
    {
        var file = FindUpwards(Directory.GetCurrentDirectory());
        if (file is null) return builder;

        var values = Env.NoEnvVars().NoClobber().Load(file).ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        var environment = builder.Sources.ToList().FindIndex(source => source is Microsoft.Extensions.Configuration.EnvironmentVariables.EnvironmentVariablesConfigurationSource { Prefix: null or "" });
        var dotEnv = new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = values };
        if (environment >= 0) builder.Sources.Insert(environment, dotEnv);
        else builder.Add(dotEnv);
        return builder;
    }

    /// <exception cref="InvalidConfigurationException">Names every fault.</exception>
    public static Settings ReadSettings(this IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var settings = new Settings(
            reader.Read<AppSettings>(), reader.Read<HttpSettings>(), reader.Read<DatabaseSettings>(), reader.Read<RedisSettings>(),
            reader.Read<NatsSettings>(), reader.Read<OAuthSettings>(), reader.Read<SendGridSettings>(),
            reader.Read<TwilioSettings>(), reader.Read<StorageSettings>(), reader.Read<DeliverySettings>(), reader.Read<AuditSettings>());
        CheckTogether(settings, reader);
        return reader.Faults.Count == 0 ? settings : throw new InvalidConfigurationException(reader.Faults);
    }

    // What one value alone cannot tell.
    private static void CheckTogether(Settings settings, SettingsReader reader)
    {
        var app = settings.App;
        if (app.Logo is { } logo && !IsLogo(logo)) reader.Fault($"APP_LOGO is \"{logo}\": a readable file of at most {MaxLogo / 1024} KiB is expected, {string.Join(", ", AppSettings.LogoTypes.Keys)}.");
        if (app.MailColor.Length != 6 || !app.MailColor.All(char.IsAsciiHexDigit)) reader.Fault($"MAIL_COLOR is \"{app.MailColor}\": six hexadecimal digits are expected, as 3455db.");
        if (app.EncryptionKey is { } key && !IsKey(key)) reader.Fault("ENCRYPTION_KEY: 32 bytes in base64 are expected (openssl rand -base64 32).");
        for (var index = 0; index < app.PreviousEncryptionKeys.Length; index++)
        {
            var previous = app.PreviousEncryptionKeys[index];
            if (!IsKey(previous)) reader.Fault($"ENCRYPTION_KEY_PREVIOUS, key {index + 1}: 32 bytes in base64 are expected.");
            else if (previous == app.EncryptionKey) reader.Fault($"ENCRYPTION_KEY_PREVIOUS, key {index + 1}: it is ENCRYPTION_KEY itself; other keys are expected.");
        }

        if (app.EncryptionKey is null && app.IsProduction) reader.Fault("ENCRYPTION_KEY is required in production: 32 bytes in base64 (openssl rand -base64 32).");
        if (app.Url is null && app.IsProduction) reader.Fault("APP_URL is required in production: the public base address, such as https://api.example.com.");
        if (app.BcryptWorkFactor is > 0 and < 12 && app.Environment != "test") reader.Fault("BCRYPT_WORK_FACTOR: at least 12 is expected; less only with APP_ENV=test.");
        if (settings.Database.OwnerUser == settings.Database.User) reader.Fault("DB_OWNER_USER: another role than DB_USER is expected.");
        if (settings.Database is { OwnerUser: null, OwnerPassword: not null }) reader.Fault("DB_OWNER_PASSWORD needs DB_OWNER_USER.");
        if (app.AdminEmail is null != app.AdminPassword is null) reader.Fault("ADMIN_EMAIL and ADMIN_PASSWORD: set both or neither.");
        if (settings.Twilio is var twilio && (twilio.AccountSid is null != twilio.AuthToken is null || twilio.AccountSid is null != twilio.FromNumber is null))
            reader.Fault("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBER: set all or none.");
        if (settings.SendGrid is { IsConfigured: true, FromEmail: var from } && !System.Net.Mail.MailAddress.TryCreate(from, out _)) reader.Fault($"SENDGRID_FROM_EMAIL is \"{from}\": an e-mail address is expected.");
        if (settings.SendGrid.WebhookPublicKey is { } verification && !SendGrid.SendGridWebhook.IsKey(verification))
            reader.Fault("SENDGRID_WEBHOOK_PUBLIC_KEY: the verification key of SendGrid's signed Event Webhook is expected (base64 of a P-256 public key).");
        if (settings.OAuth.KeyPublishAhead >= settings.OAuth.KeyLifetime && settings.OAuth.KeyLifetime > TimeSpan.Zero) reader.Fault("OAUTH_KEY_PUBLISH_AHEAD: less than OAUTH_KEY_LIFETIME is expected.");
        if (settings.OAuth.Issuer is { Query.Length: > 0 } or { Fragment.Length: > 0 }) reader.Fault("JWT_ISSUER: an address without query and fragment is expected (RFC 8414, section 2).");
        RedisChecks.Check(settings.Redis, reader);
        NatsChecks.Check(settings.Nats, reader);
        foreach (var origin in settings.Http.AllowOrigins)
            if (origin != "*" && (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.GetLeftPart(UriPartial.Authority) != origin))
                reader.Fault($"ALLOW_ORIGINS has \"{origin}\": scheme, host and port (https://app.example.com) or * are expected.");
        foreach (var proxy in settings.Http.TrustedProxies)
            if (!System.Net.IPNetwork.TryParse(proxy, out _) && !System.Net.IPAddress.TryParse(proxy, out _))
                reader.Fault($"TRUSTED_PROXIES has \"{proxy}\": an address or a CIDR range is expected.");
    }

    private static bool IsLogo(string path) =>
        AppSettings.LogoTypes.ContainsKey(Path.GetExtension(path).ToLowerInvariant()) && new FileInfo(path) is { Exists: true, Length: > 0 and <= MaxLogo };

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[64];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == 32;
    }

    private static string? FindUpwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, ".env")))
                return Path.Combine(at.FullName, ".env");
        return null;
    }
}
