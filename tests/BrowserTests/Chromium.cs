using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(GoApi.BrowserTests.Chromium))]

namespace GoApi.BrowserTests;

/// <summary>The host as a real process and the machine's own Chromium; one of each for all tests, with a context of its own for each.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string AdminEmail = "admin@example.test";

    private static readonly string[] Scopes = ["openid", "offline_access", "reviews:write"];

    // Debian's, and what other distributions call it.
    private static readonly string? Executable = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    private readonly DirectoryInfo data = Directory.CreateTempSubdirectory("goapi-browser-");
    private IPlaywright? playwright;
    private IBrowser? browser;
    private HostProcess? host;

    public HttpClient Client => host!.Client;

    public async ValueTask InitializeAsync()
    {
        if (Executable is null) return;

        host = await HostProcess.StartApiAsync(new Dictionary<string, string>(HostSettings.Common(data.FullName))
        {
            ["ADMIN_EMAIL"] = AdminEmail,
            ["ADMIN_PASSWORD"] = Accounts.Password,
        });
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        if (host is not null) await host.DisposeAsync();
        data.Delete(recursive: true);
    }

    /// <summary>A new window without cookies. Skips where there is no Chromium; with <c>CI=true</c> that is a failure.</summary>
    public async Task<IPage> OpenAsync(int width = 1280, ColorScheme scheme = ColorScheme.Light, bool scripts = true)
    {
        if (browser is null)
        {
            const string reason = "There is no Chromium on this machine (package chromium).";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
            Assert.Skip(reason);
        }

        var context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Client.BaseAddress!.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = 800 },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
        });
        return await context.NewPageAsync();
    }

    public async Task<string> RegisterAsync()
    {
        var email = Accounts.NewEmail();
        Assert.True((await Client.RegisterAsync(email)).IsSuccessStatusCode);
        return email;
    }

    /// <returns>The client_id.</returns>
    public Task<string> RegisterClientAsync(string name, Uri redirect) => RegisterClientAsync(new
    {
        name,
        is_public = true,
        redirect_uris = new[] { redirect.ToString() },
        scopes = Scopes,
        grant_types = new[] { "authorization_code", "refresh_token" },
    });

    /// <summary>A device of that name asks for access.</summary>
    /// <returns>Where it sends its person, with the code.</returns>
    public async Task<string> AskForDeviceAsync(string name)
    {
        var clientId = await RegisterClientAsync(new { name, is_public = true, scopes = Scopes, grant_types = new[] { "urn:ietf:params:oauth:grant-type:device_code", "refresh_token" } });
        var answer = await Client.PostAsync("/api/v1/oauth/device", new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = clientId, ["scope"] = "openid offline_access reviews:write" }));
        var json = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, json);
        return new Uri(JsonDocument.Parse(json).RootElement.GetProperty("verification_uri_complete").GetString()!).PathAndQuery;
    }

    private async Task<string> RegisterClientAsync(object registration)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/clients") { Content = JsonContent.Create(registration) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync(AdminEmail));
        var answer = await Client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return Data(await answer.Content.ReadAsStringAsync()).GetProperty("client_id").GetString()!;
    }

    /// <summary>Gives somebody a second factor; the code of the current time step is used up by its confirmation.</summary>
    public async Task<(Authenticator Authenticator, string[] Codes)> EnrolAsync(string email)
    {
        var token = await TokenAsync(email);
        var authenticator = new Authenticator((await PostAsync("totp", new { })).GetProperty("secret").GetString()!);
        var codes = (await PostAsync("totp/confirm", new { code = authenticator.Code() })).GetProperty("codes");
        return (authenticator, [.. codes.EnumerateArray().Select(code => code.GetString()!)]);

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/users/me/mfa/{path}") { Content = JsonContent.Create(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var answer = await Client.SendAsync(request);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            return Data(await answer.Content.ReadAsStringAsync());
        }
    }

    /// <summary>The newest mail to an address, as soon as it is there.</summary>
    public async Task<string> ReadMailAsync(string email, string subject = "")
    {
        string? text = null;
        await Eventually.HoldsAsync(async () =>
        {
            text = Data(await Client.GetStringAsync("/dev/mailbox.json")).EnumerateArray()
                .FirstOrDefault(mail => mail.GetProperty("to").GetString() == email && mail.GetProperty("subject").GetString()!.Contains(subject, StringComparison.Ordinal)) is { ValueKind: JsonValueKind.Object } found
                ? found.GetProperty("text").GetString()
                : null;
            return text is not null;
        }, "the mail has arrived");
        return text!;
    }

    private async Task<string> TokenAsync(string email) =>
        Data(await (await Client.LogInAsync(email)).Content.ReadAsStringAsync()).GetProperty("access_token").GetString()!;

    private static JsonElement Data(string json) => JsonDocument.Parse(json).RootElement.GetProperty("data");
}
