using System.Globalization;
using System.Text.Json;
using GoApi.Application.Notifications;
using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Notifications.Templates;

namespace GoApi.IntegrationTests.Templates;

/// <summary>Templates without a database.</summary>
internal sealed class Rendering
{
    public static readonly AppSettings App = new() { Name = "GoApi", MailColor = "3455db", Url = new Uri("https://app.example.test/") };

    private readonly TemplateEngine engine = new();

    public TemplateEngine Engine => engine;

    public Task<Result<RenderedParts>> TryAsync(TemplateSource source, object? variables = null, string culture = "en") =>
        engine.RenderAsync(null, () => Task.FromResult<TemplateSource?>(source), Variables(variables), CultureInfo.GetCultureInfo(culture));

    public async Task<RenderedParts> PartsAsync(TemplateSource source, object? variables = null, string culture = "en") =>
        (await TryAsync(source, variables, culture)).Failed(out var error, out var parts) ? throw new InvalidOperationException(string.Join("; ", error.Fields)) : parts;

    /// <summary>What a template makes of its text.</summary>
    public async Task<string> TextAsync(string text, object? variables = null, string culture = "en") => (await PartsAsync(new TemplateSource("Subject", text, null), variables, culture)).Text;

    public async Task<RenderedMessage> MessageAsync(TemplateSource source, object? variables = null, string culture = "en", AppSettings? app = null) =>
        new MailLayout(app ?? App).Compose(await PartsAsync(source, variables, culture), "general", CultureInfo.GetCultureInfo(culture), "You know why.");

    /// <summary>Why it is refused.</summary>
    public async Task<string> RefusalAsync(string text, object? variables = null)
    {
        Assert.True((await TryAsync(new TemplateSource("Subject", text, null), variables)).Failed(out var error), text);
        return Assert.Single(error.Fields).Message;
    }

    private static IEnumerable<KeyValuePair<string, object?>> Variables(object? variables) => variables switch
    {
        null => [],
        IEnumerable<KeyValuePair<string, object?>> given => given,
        _ => JsonSerializer.SerializeToElement(variables).EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value)),
    };
}
