using System.Text.RegularExpressions;
using GoApi.Infrastructure.Notifications.Templates;

namespace GoApi.IntegrationTests.Templates;

/// <summary>Every text that comes with the program, in every language.</summary>
public sealed partial class SystemTexts
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["link"] = "https://app.example.test/link?a=1&b=2",
        ["forgot_link"] = "https://app.example.test/forgot-password",
        ["action_url"] = "https://app.example.test/action",
        ["time"] = "2026-01-15T10:30:00Z",
        ["expires_at"] = "2026-01-16T10:30:00Z",
        ["app_name"] = "GoApi",
    };

    private readonly Rendering rendering = new();

    public static TheoryData<string, string> All()
    {
        TheoryData<string, string> all = [];
        foreach (var name in SystemTemplates.All.Keys)
            foreach (var locale in SystemTemplates.Locales)
                all.Add(name, locale);
        return all;
    }

    [Fact]
    public void There_are_two_languages_and_English_comes_first() => Assert.Equal(["en", "de"], SystemTemplates.Locales);

    [Fact]
    public void Every_file_is_of_a_template_that_is_known() => Assert.Equal(
        SystemTemplates.All.Keys.Append("_reason").SelectMany(name => SystemTemplates.Locales.Select(locale => $"templates/{locale}/{name}.hbs")).Order(StringComparer.Ordinal),
        typeof(SystemTemplates).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".hbs", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("en", "You get this mail because of your account at GoApi.")]
    [InlineData("de", "Sie erhalten diese E-Mail wegen Ihres Kontos bei GoApi.")]
    [InlineData("fr", "You get this mail because of your account at GoApi.")]
    public async Task Reader_is_told_why_in_their_language(string locale, string reason) =>
        Assert.Equal(reason, (await rendering.PartsAsync(SystemTemplates.ReasonIn(locale), new { app_name = "GoApi" })).Subject);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Renders_with_its_variables_and_shows_each_of_them(string name, string locale)
    {
        var template = SystemTemplates.All[name];
        var source = SystemTemplates.Find(name, locale);
        Assert.NotNull(source);

        var given = template.Variables.Select(variable => variable.TrimEnd('?')).Append("app_name").ToDictionary(variable => variable, variable => (object?)Values.GetValueOrDefault(variable, $"<{variable}>"));
        var parts = await rendering.PartsAsync(source, given, locale);
        Assert.Empty(parts.Missing);
        var message = await rendering.MessageAsync(source, given, locale);

        Assert.NotEmpty(message.Subject);
        Assert.NotEmpty(message.Text);
        Assert.DoesNotContain("{{", message.Html, StringComparison.Ordinal);
        Assert.DoesNotContain(message.Html + message.Text, letter => char.IsControl(letter) && letter != '\n');
        foreach (var (variable, value) in given.Where(variable => variable.Key is not ("app_name" or "time" or "expires_at" or "role") || name == "users.role-changed" && variable.Key == "role"))
        {
            Assert.True($"{message.Subject}\n{message.Text}".Contains((string)value!, StringComparison.Ordinal), variable);
            Assert.Contains(System.Net.WebUtility.HtmlEncode((string)value!), message.Html, StringComparison.Ordinal);
        }

        if (given.ContainsKey("time") || given.ContainsKey("expires_at")) Assert.Matches(locale == "de" ? @"1[56]\. Januar 2026, 10:30 Uhr UTC" : "1[56] January 2026, 10:30 UTC", message.Text);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Misses_each_variable_that_it_needs_and_none_that_it_does_not(string name, string locale)
    {
        var template = SystemTemplates.All[name];
        var source = SystemTemplates.Find(name, locale)!;
        // Given to all three mails of the administration, and shown in one.
        var needed = template.Variables.Where(variable => !variable.EndsWith('?') && (variable != "role" || name == "users.role-changed")).ToArray();

        Assert.Equal(needed.Order(StringComparer.Ordinal), (await rendering.PartsAsync(source, culture: locale)).Missing.Except(["app_name"]).Order(StringComparer.Ordinal));
    }

    // The languages differ in words, and in nothing else.
    [Theory]
    [MemberData(nameof(All))]
    public void Has_the_same_buttons_and_boxes_in_every_language(string name, string locale) =>
        Assert.Equal(Targets(SystemTemplates.Find(name, "en")!.Text), Targets(SystemTemplates.Find(name, locale)!.Text));

    private static IEnumerable<string> Targets(string text) => Target().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"\{\{(?:button .*?|box) ?([a-z_]+)\}\}")]
    private static partial Regex Target();
}
