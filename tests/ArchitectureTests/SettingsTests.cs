using System.Reflection;
using System.Text.RegularExpressions;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace GoApi.ArchitectureTests;

public sealed partial class SettingsTests
{
    [Fact]
    public void The_example_names_every_setting_with_its_default_and_nothing_else()
    {
        var inCode = typeof(Settings).GetProperties().SelectMany(group => group.PropertyType.GetProperties())
            .Select(property => property.GetCustomAttribute<SettingAttribute>()).OfType<SettingAttribute>()
            .Select(setting => string.IsNullOrEmpty(setting.Default) ? $"#{setting.Name}=" : $"{setting.Name}={setting.Default}");
        var example = File.ReadLines(Path.Combine(Code.Root, ".env.example")).Where(line => Line().IsMatch(line));

        Assert.Equal(inCode.Order(StringComparer.Ordinal), example.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_defaults_are_valid_together()
    {
        var settings = new ConfigurationBuilder().Build().ReadSettings();
        Assert.Equal(new Uri("http://localhost:8080"), settings.App.PublicUrl);
        Assert.False(settings.Database.IsPostgreSql);
    }

    [Fact]
    public void Every_fault_is_named_at_once_and_no_secret_is_shown()
    {
        var wrong = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["APP_PORT"] = "eighty",
            ["APP_ENV"] = "staging",
            ["APP_URL"] = "example.com",
            ["APP_LOGO"] = "no-such-file.svg",
            ["MAIL_COLOR"] = "#3455db",
            ["ENCRYPTION_KEY"] = "c2VjcmV0",
            ["DB_SSLMODE"] = "maybe",
            ["BCRYPT_WORK_FACTOR"] = "99",
            ["REGISTRATION_PRIVATE"] = "perhaps",
            ["ADMIN_EMAIL"] = "a@example.com",
            ["NATS_URLS"] = "nats://good:4222,bad",
            ["ALLOW_ORIGINS"] = "https://good.example,https://bad.example/path",
            ["TRUSTED_PROXIES"] = "10.0.0.0/8,everybody",
        }).Build();

        var faults = Assert.Throws<InvalidConfigurationException>(() => wrong.ReadSettings()).Faults;

        foreach (var name in new[] { "APP_PORT", "APP_ENV", "APP_URL", "APP_LOGO", "MAIL_COLOR", "ENCRYPTION_KEY", "DB_SSLMODE", "BCRYPT_WORK_FACTOR", "REGISTRATION_PRIVATE", "ADMIN_EMAIL", "NATS_URLS", "ALLOW_ORIGINS", "TRUSTED_PROXIES" })
            Assert.Single(faults, fault => fault.StartsWith(name, StringComparison.Ordinal));
        Assert.DoesNotContain(faults, fault => fault.Contains("c2VjcmV0", StringComparison.Ordinal));
    }

    [Fact]
    public void Previous_keys_are_checked_one_by_one_and_not_shown()
    {
        var (now, before) = (Convert.ToBase64String(new byte[32]), Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]));
        var right = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["ENCRYPTION_KEY"] = now, ["ENCRYPTION_KEY_PREVIOUS"] = $"{before}, " }).Build();
        Assert.Equal([before], right.ReadSettings().App.PreviousEncryptionKeys);

        var wrong = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["ENCRYPTION_KEY"] = now, ["ENCRYPTION_KEY_PREVIOUS"] = $"c2VjcmV0,{before},{now},secret" }).Build();
        Assert.Collection(Assert.Throws<InvalidConfigurationException>(() => wrong.ReadSettings()).Faults,
            fault => Assert.Equal("ENCRYPTION_KEY_PREVIOUS, key 1: 32 bytes in base64 are expected.", fault),
            fault => Assert.Equal("ENCRYPTION_KEY_PREVIOUS, key 3: it is ENCRYPTION_KEY itself; other keys are expected.", fault),
            fault => Assert.Equal("ENCRYPTION_KEY_PREVIOUS, key 4: 32 bytes in base64 are expected.", fault));
    }

    [Fact]
    public void Credentials_and_files_of_NATS_are_checked_at_once_and_none_is_shown()
    {
        var file = Path.GetTempFileName();
        var wrong = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["NATS_URLS"] = "nats://ada:s3cret@example.com:4222",
            ["NATS_TOKEN"] = "s3cret-token",
            ["NATS_USER"] = "ada",
            ["NATS_NKEY_SEED"] = "SUs3cret",
            ["NATS_CREDS_FILE"] = file,
            ["NATS_TLS_CA_FILE"] = "no-such-file.pem",
            ["NATS_TLS_CERT_FILE"] = file,
            ["NATS_TLS_KEY_FILE"] = file,
            ["NATS_STREAM_NAME"] = "go.api",
            ["NATS_STREAM_REPLICAS"] = "6",
            ["NATS_ACK_WAIT"] = "0",
        }).Build();

        var faults = Assert.Throws<InvalidConfigurationException>(() => wrong.ReadSettings()).Faults;

        File.Delete(file);
        Assert.Contains("NATS_TOKEN, NATS_USER, NATS_NKEY_SEED, NATS_CREDS_FILE: one kind of credentials is expected.", faults);
        foreach (var begin in new[]
        {
            "NATS_URLS has an address with credentials", "NATS_USER and NATS_PASSWORD: set both", "NATS_NKEY_SEED: the seed of a user", "NATS_CREDS_FILE is ", "NATS_TLS_CA_FILE is \"no-such-file.pem\"",
            "NATS_TLS_CERT_FILE is ", "NATS_STREAM_NAME is \"go.api\"", "NATS_STREAM_REPLICAS is \"6\"", "NATS_ACK_WAIT is \"0\"",
        })
            Assert.Single(faults, fault => fault.StartsWith(begin, StringComparison.Ordinal));
        Assert.Equal(10, faults.Count);
        Assert.DoesNotContain(faults, fault => fault.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public void Addresses_and_files_of_Redis_are_checked_at_once_and_no_secret_is_shown()
    {
        var wrong = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["REDIS_ADDRESSES"] = "good:6379, [::1]:6379, no-port, port:70000, redis://other:6379, ::1:x, ada:s3cret@example.com:6379",
            ["REDIS_USERNAME"] = "ada",
            ["REDIS_SENTINEL_PASSWORD"] = "s3cret-too",
            ["REDIS_TLS_CA_FILE"] = "no-such-file.pem",
            ["REDIS_TLS_SERVER_NAME"] = "redis.example.com",
            ["REDIS_DB"] = "16",
        }).Build();

        var faults = Assert.Throws<InvalidConfigurationException>(() => wrong.ReadSettings()).Faults;

        Assert.Equal(
        [
            "REDIS_DB is \"16\": a whole number from 0 to 15 is expected.",
            .. ((string[])["no-port", "port:70000", "redis://other:6379", "::1:x"]).Select(address => $"REDIS_ADDRESSES has \"{address}\": host:port is expected, an IPv6 address in brackets."),
            "REDIS_ADDRESSES has an address with credentials in it: REDIS_USERNAME and REDIS_PASSWORD are expected to hold them.",
            "REDIS_ADDRESSES has several addresses: one server is expected, or those of the Sentinels with REDIS_USE_SENTINEL=true.",
            "REDIS_SENTINEL_PASSWORD needs REDIS_USE_SENTINEL=true.",
            "REDIS_USERNAME needs REDIS_PASSWORD.",
            "REDIS_TLS_CA_FILE needs REDIS_TLS=true.",
            "REDIS_TLS_SERVER_NAME needs REDIS_TLS=true.",
        ], faults);
    }

    [Fact]
    public void Authority_of_Redis_is_read_at_the_start_and_nothing_is_asked_of_a_Redis_that_is_not_there()
    {
        var values = new Dictionary<string, string?> { ["REDIS_TLS"] = "true", ["REDIS_TLS_CA_FILE"] = "no-such-file.pem", ["REDIS_USE_SENTINEL"] = "true" };
        Assert.False(new ConfigurationBuilder().AddInMemoryCollection(values).Build().ReadSettings().Redis.IsConfigured);

        values["REDIS_ADDRESSES"] = "one:26379,two:26379";
        var faults = Assert.Throws<InvalidConfigurationException>(() => new ConfigurationBuilder().AddInMemoryCollection(values).Build().ReadSettings()).Faults;
        Assert.Equal(["REDIS_TLS_CA_FILE is \"no-such-file.pem\": a readable file with certificates in PEM is expected."], faults);
    }

    [Theory]
    [InlineData("NATS_TLS_CERT_FILE", "client.pem")]
    [InlineData("NATS_TLS_KEY_FILE", "client.key")]
    public void Certificate_and_key_of_NATS_go_together(string name, string value)
    {
        var half = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [name] = value }).Build();
        Assert.Equal(["NATS_TLS_CERT_FILE and NATS_TLS_KEY_FILE: set both or neither."], Assert.Throws<InvalidConfigurationException>(() => half.ReadSettings()).Faults);
    }

    [Fact]
    public void Production_demands_its_key_and_its_address()
    {
        var production = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["APP_ENV"] = "production" }).Build();
        var faults = Assert.Throws<InvalidConfigurationException>(() => production.ReadSettings()).Faults;
        Assert.Collection(faults,
            fault => Assert.StartsWith("ENCRYPTION_KEY", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("APP_URL", fault, StringComparison.Ordinal));
    }

    [GeneratedRegex("^#?[A-Z0-9_]+=")]
    private static partial Regex Line();
}
