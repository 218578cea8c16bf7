using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;

namespace GoApi.BrowserTests;

/// <summary>
/// Every text that comes with the program, in every language, with long words in it: on the narrowest screen and a wide one, light and dark,
/// it fits, and axe finds nothing serious. Pictures are left in <c>screenshots/</c> beside the tests, to be looked at.
/// </summary>
public sealed class TemplateMailTests(Chromium chromium)
{
    private const string Path = "/api/v1/notifications/templates";

    private static readonly string Pictures = Directory.CreateDirectory(System.IO.Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    // What would break a layout: no space in 120 characters, and several lines.
    private static readonly Dictionary<string, string> Values = new()
    {
        ["first_name"] = "Wilhelmina-Alexandrine",
        ["link"] = $"https://app.example.test/verify-email?token={new string('x', 240)}",
        ["forgot_link"] = "https://app.example.test/forgot-password",
        ["action_url"] = "https://app.example.test/action",
        ["token"] = new('x', 240),
        ["code"] = "123456",
        ["device"] = "Firefox on Windows",
        ["network"] = "2001:db8:1234:5678::/64",
        ["time"] = "2026-01-15T10:30:00Z",
        ["expires_at"] = "2026-01-16T10:30:00Z",
        ["reply"] = "First of all: thank you.\n\nSecondly,\nit is " + new string('w', 120) + ".",
        ["content"] = "The first paragraph.\n\nThe second one, of two\nlines, with <markup> & " + new string('w', 120),
        ["title"] = "A title that is so long that it goes over more than one line on most screens",
        ["number"] = "T-2026-000042",
        ["status"] = "resolved",
    };

    private string? token;

    [Theory]
    [InlineData("en")]
    [InlineData("de")]
    public async Task Every_template_fits_and_can_be_read_by_everybody(string locale)
    {
        var page = await chromium.OpenAsync();
        var complaints = page.Complaints();
        var names = await NamesAsync();
        Assert.True(names.Count >= 25);

        foreach (var (name, variables) in names)
        {
            await page.SetContentAsync(await PreviewAsync(name, locale, variables));
            Assert.Equal(locale, await page.Locator("html").GetAttributeAsync("lang"));
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                foreach (var width in new[] { 320, 1280 })
                {
                    await page.SetViewportSizeAsync(width, 800);
                    Assert.True(await page.FitsAsync(), $"{name} ({locale}) is wider than {width} px");
                    await page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(Pictures, $"template-{name}-{locale}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = true });
                }

                var faults = (await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] })).Violations.Where(violation => violation.Impact is "serious" or "critical");
                Assert.Empty(faults.Select(fault => $"{name} ({locale}, {scheme}): {fault.Id}: {fault.Help} {string.Join(", ", fault.Nodes.Select(node => node.Html))}"));
            }
        }

        Assert.Empty(complaints);
    }

    private async Task<IReadOnlyList<(string Name, string[] Variables)>> NamesAsync()
    {
        var list = await SendAsync(HttpMethod.Get, $"{Path}?limit=100", null);
        return
        [
            .. from template in list.EnumerateArray()
               where template.GetProperty("is_system").GetBoolean()
               select (template.GetProperty("name").GetString()!, template.GetProperty("variables").EnumerateArray().Select(variable => variable.GetString()!.TrimEnd('?')).ToArray()),
        ];
    }

    private async Task<string> PreviewAsync(string name, string locale, string[] variables) => (await SendAsync(HttpMethod.Post, $"{Path}/{name}/preview", new
    {
        locale,
        variables = variables.ToDictionary(variable => variable, variable => Values.GetValueOrDefault(variable, variable)),
    })).GetProperty("html").GetString()!;

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body)
    {
        token ??= (await (await chromium.Client.LogInAsync("admin@example.test")).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("access_token").GetString();
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await chromium.Client.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return json.GetProperty("data").Clone();
    }
}
