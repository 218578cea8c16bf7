using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace GoApi.BrowserTests;

/// <summary>
/// Every page that people see, in every state that it has, narrow and wide, light and dark: it fits, axe finds nothing serious, and the
/// browser complains of nothing. A picture of each is left in <c>screenshots/</c> beside the tests, to be looked at.
/// </summary>
public sealed class PageTests(Chromium chromium)
{
    private static readonly string Pictures = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "screenshots")).FullName;

    private static readonly Dictionary<string, Func<Visit, Task>> Ways = new()
    {
        ["login"] = visit => visit.GoAsync("/login"),
        ["login-refused"] = async visit =>
        {
            await visit.GoAsync("/login");
            await visit.LogInAsync("nobody@example.test", "wrong");
        },
        ["mfa"] = async visit =>
        {
            await visit.GoAsync("/login");
            await visit.LogInAsync(await visit.EnrolAsync());
        },
        ["mfa-recovery"] = async visit =>
        {
            await visit.GoAsync("/login");
            await visit.LogInAsync(await visit.EnrolAsync());
            await visit.GoAsync("/mfa?method=recovery_code");
        },
        ["register"] = visit => visit.GoAsync("/register"),
        ["register-refused"] = async visit =>
        {
            await visit.GoAsync("/register");
            await visit.Page.GetByLabel("First name").FillAsync("Ada");
            await visit.Page.GetByLabel("Last name").FillAsync("Lovelace");
            await visit.Page.GetByLabel("E-mail address").FillAsync("ada@localhost");
            await visit.Page.GetByLabel("Password").FillAsync("password");
            await visit.PressAsync("Open account");
        },
        ["registered"] = async visit =>
        {
            await visit.GoAsync("/register");
            await visit.Page.GetByLabel("First name").FillAsync("Ada");
            await visit.Page.GetByLabel("Last name").FillAsync("Lovelace");
            await visit.Page.GetByLabel("E-mail address").FillAsync(Accounts.NewEmail());
            await visit.Page.GetByLabel("Password").FillAsync(Accounts.Password);
            await visit.PressAsync("Open account");
        },
        ["forgot-password"] = visit => visit.GoAsync("/forgot-password"),
        ["reset-password"] = visit => visit.GoAsync("/reset-password?token=x"),
        ["reset-password-refused"] = visit => visit.GoAsync("/reset-password"),
        ["verify-email"] = visit => visit.GoAsync("/verify-email?token=x"),
        ["verify-email-refused"] = async visit =>
        {
            await visit.GoAsync("/verify-email?token=x");
            await visit.PressAsync("Confirm");
        },
        ["consent"] = async visit =>
        {
            await visit.GoAsync(await visit.AuthorizeAsync());
            await visit.LogInAsync();
            await Expect(visit.Page).ToHaveURLAsync(new Regex("/consent[?]"));
        },
        ["logout"] = async visit =>
        {
            await visit.GoAsync("/login");
            await visit.LogInAsync();
            await visit.GoAsync("/api/v1/oauth/logout");
        },
        ["logged-out"] = visit => visit.GoAsync("/logged-out"),
        ["error"] = visit => visit.GoAsync("/api/v1/oauth/authorize?client_id=nobody&response_type=code&redirect_uri=https%3A%2F%2Fclient.example%2Fcb"),
        ["expired"] = visit => visit.GoAsync("/consent?ticket=x"),
        ["device"] = async visit =>
        {
            await visit.GoAsync("/device");
            await visit.LogInAsync();
        },
        ["device-refused-code"] = async visit =>
        {
            await visit.GoAsync("/device?user_code=BCDF-GHJK");
            await visit.LogInAsync();
        },
        ["device-consent"] = async visit =>
        {
            await visit.GoAsync(await visit.AskForDeviceAsync());
            await visit.LogInAsync();
        },
        ["device-connected"] = async visit =>
        {
            await visit.GoAsync(await visit.AskForDeviceAsync());
            await visit.LogInAsync();
            await visit.PressAsync("Allow");
        },
        ["device-refused"] = async visit =>
        {
            await visit.GoAsync(await visit.AskForDeviceAsync());
            await visit.LogInAsync();
            await visit.PressAsync("Deny");
        },
    };

    public static TheoryData<string> Names() => [.. Ways.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task Page_fits_can_be_used_by_everybody_and_breaks_no_rule_of_its_own(string name)
    {
        var page = await chromium.OpenAsync();
        var complaints = page.Complaints();
        await Ways[name](new Visit(chromium, page));
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var faults = (await page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] })).Violations.Where(violation => violation.Impact is "serious" or "critical");
            Assert.Empty(faults.Select(fault => $"{fault.Id}: {fault.Help} {string.Join(", ", fault.Nodes.Select(node => node.Html))}"));
            foreach (var width in new[] { 375, 1280 })
            {
                await page.SetViewportSizeAsync(width, 800);
                await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{name}-{width}-{scheme}.png".ToLowerInvariant()), FullPage = true });
                Assert.True(await page.FitsAsync(), $"{name} is wider than {width} px");
            }
        }

        Assert.Empty(complaints);
    }

    [Theory]
    [InlineData("login")]
    [InlineData("consent")]
    [InlineData("device-consent")]
    public async Task Page_is_left_by_keyboard_alone(string name)
    {
        var page = await chromium.OpenAsync();
        await Ways[name](new Visit(chromium, page));
        var stops = new List<string>();
        for (var step = 0; step < 12; step++)
        {
            stops.Add(await page.EvaluateAsync<string>("document.activeElement.tagName + ' ' + (document.activeElement.name ?? document.activeElement.textContent)"));
            await page.Keyboard.PressAsync("Tab");
        }

        // Every field and button is reached, and what has the focus shows it.
        foreach (var control in await page.Locator("input:not([type=hidden]), button").AllAsync())
        {
            await control.FocusAsync();
            await page.Keyboard.PressAsync("Shift+Tab");
            await page.Keyboard.PressAsync("Tab");
            Assert.Contains(await control.EvaluateAsync<string>("control => control.tagName + ' ' + (control.name ?? control.textContent)"), stops);
            Assert.NotEqual("none", await control.EvaluateAsync<string>("control => getComputedStyle(control).outlineStyle"));
        }
    }

    /// <summary>One person's way to a page.</summary>
    private sealed class Visit(Chromium chromium, IPage page)
    {
        public IPage Page => page;

        public async Task GoAsync(string url) => await page.GotoAsync(url);

        /// <returns>Somebody with an authenticator.</returns>
        public async Task<string> EnrolAsync()
        {
            var email = await chromium.RegisterAsync();
            await chromium.EnrolAsync(email);
            return email;
        }

        public Task PressAsync(string button) => page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();

        public async Task LogInAsync(string? email = null, string password = Accounts.Password)
        {
            await page.GetByLabel("E-mail address").FillAsync(email ?? await chromium.RegisterAsync());
            await page.GetByLabel("Password").FillAsync(password);
            await PressAsync("Log in");
        }

        public async Task<string> AuthorizeAsync() => SignInTests.Authorize(await chromium.RegisterClientAsync("Shop & Sons", new Uri("http://127.0.0.1:9/cb")), new Uri("http://127.0.0.1:9/cb"));

        /// <returns>Where the device sends its person.</returns>
        public async Task<string> AskForDeviceAsync() => await chromium.AskForDeviceAsync("Pear TV");
    }
}
