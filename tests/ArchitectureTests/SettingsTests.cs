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
