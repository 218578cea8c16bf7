using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace GoApi.BrowserTests;

/// <summary>The page that shows the API is an OAuth client like any other, and its "Authorize" works.</summary>
public sealed class DocsTests(Chromium chromium)
{
    [Fact]
    public async Task A_person_authorizes_the_page_and_it_calls_the_API_in_their_name()
    {
        var page = await chromium.OpenAsync(1400);
        var complaints = page.Complaints();
        var email = await chromium.RegisterAsync();
        // The window comes back to APP_URL, and the page can look into it where it is of the same origin.
        await page.GotoAsync($"http://localhost:{chromium.Client.BaseAddress!.Port}/docs/", new() { WaitUntil = WaitUntilState.NetworkIdle });

        var exchanged = page.WaitForResponseAsync(answer => answer.Url.EndsWith("/api/v1/oauth/token", StringComparison.Ordinal));
        var popup = await page.RunAndWaitForPopupAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Authorize", Exact = true }).ClickAsync());
        await popup.LogInAsync(email, Accounts.Password);
        await Expect(popup.Locator("h1")).ToContainTextAsync("documentation");
        await popup.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();

        var tokens = (await (await exchanged).JsonAsync())!.Value;
        Assert.Contains("reviews:write", tokens.GetProperty("scope").GetString(), StringComparison.Ordinal);
        // The window closes itself, and the page holds the token.
        await Expect(page.GetByText("Access Token").First).ToBeVisibleAsync();
        var status = await page.EvaluateAsync<int>(
            "token => fetch('/api/v1/users/me', { headers: { authorization: `Bearer ${token}` } }).then(answer => answer.status)", tokens.GetProperty("access_token").GetString());
        Assert.Equal(200, status);
        Assert.Empty(complaints);
    }
}
