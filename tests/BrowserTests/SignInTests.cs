using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace GoApi.BrowserTests;

public sealed partial class SignInTests(Chromium chromium)
{
    private const string Verifier = "a-code-verifier-of-more-than-forty-three-characters";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_logs_in_and_allows_and_the_program_gets_its_tokens(bool scripts)
    {
        var page = await chromium.OpenAsync(scripts: scripts);
        var complaints = page.Complaints();
        var email = await chromium.RegisterAsync();
        await using var shop = await Callback.StartAsync();
        var clientId = await chromium.RegisterClientAsync("Shop & Sons", shop.Address);

        await page.GotoAsync(Authorize(clientId, shop.Address));
        await page.LogInAsync(email, Accounts.Password);

        await Expect(page.Locator("body")).ToContainTextAsync("Shop & Sons");
        await Expect(page.Locator("body")).ToContainTextAsync("Write and change reviews in your name");
        await Expect(page.Locator("body")).ToContainTextAsync(email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Allow" }).ClickAsync();

        var answer = await shop.AnsweredAsync();
        Assert.Equal("walk", answer["state"]);
        Assert.Equal(chromium.Client.BaseAddress!.ToString().TrimEnd('/').Replace("127.0.0.1", "localhost", StringComparison.Ordinal), answer["iss"]);
        var tokens = await chromium.Client.PostAsync("/api/v1/oauth/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = clientId,
            ["code"] = answer["code"]!,
            ["redirect_uri"] = shop.Address.ToString(),
            ["code_verifier"] = Verifier,
        }));
        Assert.Equal(HttpStatusCode.OK, tokens.StatusCode);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task Who_denies_goes_back_with_access_denied_and_no_code()
    {
        var page = await chromium.OpenAsync();
        var email = await chromium.RegisterAsync();
        await using var shop = await Callback.StartAsync();
        await page.GotoAsync(Authorize(await chromium.RegisterClientAsync("Shop", shop.Address), shop.Address));
        await page.LogInAsync(email, Accounts.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Deny" }).ClickAsync();

        var answer = await shop.AnsweredAsync();
        Assert.Equal("access_denied", answer["error"]);
        Assert.False(answer.ContainsKey("code"));
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_the_form_stays()
    {
        var page = await chromium.OpenAsync();
        var email = await chromium.RegisterAsync();
        await page.GotoAsync("/login");
        await page.LogInAsync(email, "not the password");

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        await Expect(page.GetByLabel("E-mail address")).ToHaveValueAsync(email);
        await Expect(page.GetByLabel("Password")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task An_address_that_was_not_registered_is_never_redirected_to()
    {
        var page = await chromium.OpenAsync();
        await using var shop = await Callback.StartAsync();
        await using var thief = await Callback.StartAsync();
        var answer = await page.GotoAsync(Authorize(await chromium.RegisterClientAsync("Shop", shop.Address), new Uri(thief.Address, "/elsewhere")));

        Assert.Equal(400, answer!.Status);
        Assert.StartsWith(chromium.Client.BaseAddress!.GetLeftPart(UriPartial.Authority).Replace("localhost", "127.0.0.1", StringComparison.Ordinal), page.Url.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_of_the_mail_leads_to_a_page_that_verifies_at_the_press_of_its_button()
    {
        var page = await chromium.OpenAsync();
        var email = await chromium.RegisterAsync();
        var link = Link().Match(await chromium.ReadMailAsync(email)).Value;

        await page.GotoAsync(new Uri(link).PathAndQuery);
        await page.GetByRole(AriaRole.Button).ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync(Verified());

        await page.GotoAsync("/login");
        Assert.Contains("\"email_verified\":true", await (await chromium.Client.LogInAsync(email)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    public static TheoryData<string, int, bool> Windows()
    {
        var windows = new TheoryData<string, int, bool>();
        foreach (var path in new[] { "/dev/mailbox", "/docs" })
            foreach (var width in new[] { 375, 1280 })
                foreach (var dark in new[] { false, true })
                    windows.Add(path, width, dark);
        return windows;
    }

    [Theory, MemberData(nameof(Windows))]
    public async Task Pages_fit_their_window_and_break_no_rule_of_their_own(string path, int width, bool dark)
    {
        var page = await chromium.OpenAsync(width, dark ? ColorScheme.Dark : ColorScheme.Light);
        var complaints = page.Complaints();
        var answer = await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });

        Assert.True(answer!.Ok, $"{path} is {answer.Status}");
        Assert.True(await page.FitsAsync(), $"{path} is wider than {width} px");
        Assert.Empty(complaints);
    }

    internal static string Authorize(string clientId, Uri redirect) =>
        "/api/v1/oauth/authorize?response_type=code&scope=openid%20offline_access%20reviews%3Awrite&state=walk&code_challenge_method=S256"
        + $"&client_id={clientId}&redirect_uri={Uri.EscapeDataString(redirect.ToString())}"
        + $"&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)))}";

    [GeneratedRegex(@"http://\S+/verify-email\?token=[\w-]+")]
    private static partial Regex Link();

    [GeneratedRegex("verified|confirmed", RegexOptions.IgnoreCase)]
    private static partial Regex Verified();
}
