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
/// Every mail that people get about their account, as a mail program shows it: narrow and wide, light and dark, it fits, and axe finds
/// nothing serious. A picture of each is left in <c>screenshots/</c> beside the tests, to be looked at.
/// </summary>
public sealed class MailTests(Chromium chromium, MailWriter writer) : IClassFixture<MailWriter>
{
    private static readonly string Pictures = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    private static readonly Dictionary<string, string> Subjects = new()
    {
        ["verify"] = "Verify your e-mail address",
        ["registration-repeated"] = "You have an account",
        ["password-reset"] = "Set a new password",
        ["password-changed"] = "Your password was changed",
        ["second-factor-on"] = "Multi-factor authentication is on",
        ["second-factor-off"] = "Multi-factor authentication is off",
        ["recovery-codes"] = "You have new recovery codes",
        ["token-reuse"] = "We have ended a session",
        ["email-change"] = "Confirm your new e-mail address",
        ["email-about-to-change"] = "Your e-mail address is about to change",
        ["email-changed"] = "Your e-mail address was changed",
        ["phone-changed"] = "Your phone number was changed",
        ["new-device"] = "A new device logged in",
        ["role-changed"] = "You have another role",
        ["suspended"] = "Your account is suspended",
        ["reinstated"] = "Your account works again",
        ["forced-reset"] = "You need a new password",
    };

    public static TheoryData<string> Names() => [.. Subjects.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task Mail_fits_and_can_be_read_by_everybody(string name)
    {
        var page = await chromium.OpenAsync();
        var complaints = page.Complaints();
        var (html, text) = await writer.FindAsync(Subjects[name]);

        await page.SetContentAsync(html);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var faults = (await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] })).Violations.Where(violation => violation.Impact is "serious" or "critical");
            Assert.Empty(faults.Select(fault => $"{fault.Id}: {fault.Help} {string.Join(", ", fault.Nodes.Select(node => node.Html))}"));
            foreach (var width in new[] { 375, 1280 })
            {
                await page.SetViewportSizeAsync(width, 800);
                await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"mail-{name}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = true });
                Assert.True(await page.FitsAsync(), $"{name} is wider than {width} px");
            }
        }

        Assert.Empty(complaints);
        // Whoever reads it as text has every word and every address of it.
        foreach (var words in (await page.Locator("p").AllInnerTextsAsync()).Where(words => words.Length > 0)) Assert.Contains(words, text, StringComparison.Ordinal);
        foreach (var link in await page.Locator("a").AllAsync()) Assert.Contains((await link.GetAttributeAsync("href"))!, text, StringComparison.Ordinal);
        Assert.Contains("You get this mail because", text, StringComparison.Ordinal);
    }
}

/// <summary>A host of its own, on which everything happens that somebody is written to for.</summary>
public sealed class MailWriter : IAsyncLifetime
{
    private const string NewPassword = "different-Horse-8-staple";
    private const string AdminEmail = "admin@example.test";

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-mails-");
    private HostProcess? host;

    public async ValueTask InitializeAsync()
    {
        host = await HostProcess.StartApiAsync(new Dictionary<string, string>(HostSettings.Common(data.FullName))
        {
            ["REGISTRATION_PRIVATE"] = "true",
            ["OAUTH_REFRESH_TOKEN_GRACE"] = "0",
            ["ADMIN_EMAIL"] = AdminEmail,
            ["ADMIN_PASSWORD"] = Accounts.Password,
        });
        var email = Accounts.NewEmail();
        foreach (var _ in new[] { 1, 2 }) Assert.True((await host.Client.RegisterAsync(email)).IsSuccessStatusCode);
        await FindAsync("Verify your e-mail address");
        var session = await SendAsync(HttpMethod.Post, "login", new { email, password = Accounts.Password });
        await SendAsync(HttpMethod.Post, "refresh", new { refresh_token = session.GetProperty("refresh_token").GetString() });
        await host.Client.PostAsJsonAsync("/api/v1/users/refresh", new { refresh_token = session.GetProperty("refresh_token").GetString() });

        var token = await LogInAsync(email, Accounts.Password);
        var authenticator = new Authenticator((await SendAsync(HttpMethod.Post, "me/mfa/totp", new { }, token)).GetProperty("secret").GetString()!);
        await SendAsync(HttpMethod.Post, "me/mfa/totp/confirm", new { code = authenticator.Code() }, token);
        await SendAsync(HttpMethod.Post, "me/mfa/recovery-codes", new { password = Accounts.Password }, token);
        await SendAsync(HttpMethod.Delete, "me/mfa/totp", new { password = Accounts.Password }, token);
        await SendAsync(HttpMethod.Put, "me/password", new { old_password = Accounts.Password, new_password = NewPassword }, token);
        await SendAsync(HttpMethod.Post, "me/phone", new { phone = "+447400123456" }, token);
        await SendAsync(HttpMethod.Post, "me/phone/verify", new { code = (await FindAsync("is your code")).Text[..6] }, token);
        await SendAsync(HttpMethod.Post, "password/forgot", new { email });
        await SendAsync(HttpMethod.Post, "me/email", new { email = Accounts.NewEmail(), password = NewPassword }, token);
        var link = (await FindAsync("Confirm your new e-mail address")).Text;
        await SendAsync(HttpMethod.Post, "email/verify", new { token = link.Split("token=")[1].Split('\n')[0] });

        var (other, admin) = (Accounts.NewEmail(), await LogInAsync(AdminEmail, Accounts.Password));
        await host.Client.RegisterAsync(other);
        await LogInAsync(other, Accounts.Password);
        var id = (await SendAsync(HttpMethod.Post, "login", new { email = other, password = Accounts.Password })).GetProperty("user").GetProperty("id").GetGuid();
        // Another client: the first one keeps what it is known by.
        using (var phone = new HttpClient { BaseAddress = host.Client.BaseAddress })
        {
            phone.DefaultRequestHeaders.UserAgent.ParseAdd("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
            Assert.True((await phone.PostAsJsonAsync("/api/v1/users/login", new { email = other, password = Accounts.Password })).IsSuccessStatusCode);
        }

        await SendAsync(HttpMethod.Put, $"{id}/role", new { role = "moderator" }, admin);
        await FindAsync("You have another role");
        await SendAsync(HttpMethod.Put, $"{id}/status", new { status = "suspended" }, admin);
        await FindAsync("Your account is suspended");
        await SendAsync(HttpMethod.Put, $"{id}/status", new { status = "active" }, admin);
        await SendAsync(HttpMethod.Post, $"{id}/password/reset", new { }, admin);
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
        data.Delete(recursive: true);
    }

    /// <summary>What was sent with these words in its subject or, for a text message, in itself.</summary>
    public async Task<(string Html, string Text)> FindAsync(string words)
    {
        JsonElement? found = null;
        await Eventually.HoldsAsync(async () =>
        {
            using var box = JsonDocument.Parse(await host!.Client.GetStringAsync("/dev/mailbox.json?limit=100"));
            found = box.RootElement.Clone().GetProperty("data").EnumerateArray().Cast<JsonElement?>().FirstOrDefault(mail =>
                $"{mail!.Value.GetProperty("subject")} {(mail.Value.GetProperty("channel").GetString() == "sms" ? mail.Value.GetProperty("text") : "")}".Contains(words, StringComparison.Ordinal));
            return found is not null;
        }, $"“{words}” has arrived");
        return (found!.Value.GetProperty("html").GetString() ?? "", found.Value.GetProperty("text").GetString()!);
    }

    private async Task<string> LogInAsync(string email, string password) =>
        (await SendAsync(HttpMethod.Post, "login", new { email, password })).GetProperty("access_token").GetString()!;

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object body, string? token = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/users/{path}") { Content = JsonContent.Create(body) };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await host!.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.GetProperty("data").Clone();
    }
}
