using GoApi.Infrastructure.Notifications.Templates;

namespace GoApi.IntegrationTests.Templates;

/// <summary>What stands around every mail.</summary>
public sealed class Layout
{
    private readonly Rendering rendering = new();

    [Fact]
    public async Task One_text_gives_both_forms()
    {
        var message = await rendering.MessageAsync(new TemplateSource(
            "Hello (GoApi)", "Hello {{name}},\r\n\r\none\r\n  two\n\n\n{{button \"Go\" link}}\n{{box code}}{{#because}}You\nasked for it.{{/because}}", null), new { name = "Ada", link = "https://example.com/?a=1&b=2", code = "123" });

        Assert.Equal("Hello Ada,\n\none\n  two\n\nGo: https://example.com/?a=1&b=2\n\n    123", message.Text.ReplaceLineEndings("\n"));
        Assert.Equal("You asked for it.", message.Reason);
        Assert.StartsWith("<!doctype html>", message.Html, StringComparison.Ordinal);
        Assert.Contains("<title>Hello (GoApi)</title>", message.Html, StringComparison.Ordinal);
        // The name stands above it already.
        Assert.Contains(">Hello</h1>", message.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"https://example.com/?a=1&amp;b=2\"", message.Html, StringComparison.Ordinal);
        Assert.Contains("You asked for it.</td>", message.Html, StringComparison.Ordinal);
        var mail = message.ToMail(Guid.Empty, "ada@example.com");
        Assert.EndsWith("    123\n\n-- \nYou asked for it.\n", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Html_of_its_own_stands_within_the_layout_with_the_same_blocks()
    {
        var message = await rendering.MessageAsync(new TemplateSource(
            "Hello", "Text", "<ul><li>{{name}}</li></ul>{{#paragraph}}<b>{{name}}</b> {{missing}}{{/paragraph}}{{button \"Go\" \"https://example.com/\"}}{{#because}}It <i>is</i> so.{{/because}}"), new { name = "<Ada>" });

        Assert.Equal("Text", message.Text);
        Assert.Contains("<ul><li>&lt;Ada&gt;</li></ul><p class=\"text\"", message.Html, StringComparison.Ordinal);
        Assert.Contains("<b>&lt;Ada&gt;</b> </p>", message.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"https://example.com/\"", message.Html, StringComparison.Ordinal);
        Assert.Contains("It <i>is</i> so.</td>", message.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>{{name}}</body></html>")]
    [InlineData("\n<html><body>{{name}}</body></html>")]
    public async Task Whole_document_is_left_as_it_is(string html) =>
        Assert.Equal(html.Replace("{{name}}", "Ada", StringComparison.Ordinal), (await rendering.MessageAsync(new TemplateSource("Hello", "Text", html), new { name = "Ada" })).Html);

    [Fact]
    public async Task Preview_is_what_follows_the_greeting_and_not_too_long()
    {
        Assert.Contains($"overflow:hidden\">{string.Join(' ', Enumerable.Repeat("word", 28))}…</div>", await HtmlAsync($"Hello Ada,\n\n{string.Join(' ', Enumerable.Repeat("word", 100))}"), StringComparison.Ordinal);
        Assert.Contains("overflow:hidden\">First.</div>", await HtmlAsync("First.\n\nSecond."), StringComparison.Ordinal);
        Assert.Contains("overflow:hidden\"></div>", await HtmlAsync($"Hello,\n\n{new string('w', 500)}"), StringComparison.Ordinal);
        Assert.Contains("overflow:hidden\"></div>", await HtmlAsync("{{box 5}}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en", "lang=\"en\" dir=\"ltr\"", "text-align:left")]
    [InlineData("de-AT", "lang=\"de-AT\" dir=\"ltr\"", "text-align:left")]
    [InlineData("ar", "lang=\"ar\" dir=\"rtl\"", "text-align:right")]
    public async Task Language_and_direction_are_those_of_the_template(string culture, string html, string side)
    {
        var message = await rendering.MessageAsync(new TemplateSource("Hello", "Text", null), culture: culture);

        Assert.Contains(html, message.Html, StringComparison.Ordinal);
        Assert.Contains(side, message.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logo.png", true)]
    [InlineData("logo.svg", false)]
    [InlineData(null, false)]
    public async Task Logo_is_shown_where_mail_programs_show_it(string? logo, bool shown)
    {
        var message = await rendering.MessageAsync(new TemplateSource("Hello", "Text", null), app: new() { Name = "GoApi", MailColor = "3455db", Url = new Uri("https://app.example.test/base/"), Logo = logo });

        Assert.Equal(shown, message.Html.Contains("<img src=\"https://app.example.test/base/logo\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("#3455db", "#ffffff")]
    [InlineData("#ffd400", "#10142a")]
    [InlineData("#000000", "#ffffff")]
    [InlineData("#ffffff", "#10142a")]
    public void Words_on_the_colour_can_be_read(string color, string words)
    {
        var colors = MailColors.Of(color);

        Assert.Equal((color, words), (colors.Light, colors.OnLight));
        Assert.True(MailColors.Contrast(colors.Dark, "#181b24") >= 6);
    }

    [Fact]
    public void Words_can_be_read_on_any_colour() => Assert.All(Enumerable.Range(0, 512), index =>
    {
        var colors = MailColors.Of($"#{index / 64 * 36:x2}{index / 8 % 8 * 36:x2}{index % 8 * 36:x2}");
        Assert.True(MailColors.Contrast(colors.Light, colors.OnLight) >= 4.2);
        Assert.True(MailColors.Contrast(colors.Dark, colors.OnDark) >= 4.5);
    });

    private async Task<string> HtmlAsync(string text) => (await rendering.MessageAsync(new TemplateSource("Subject", text, null))).Html;
}
