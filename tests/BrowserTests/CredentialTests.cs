using System.Text.RegularExpressions;
using GoApi.Tests.Hosting;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace GoApi.BrowserTests;

/// <summary>The code after the password, and a new password for one that was forgotten.</summary>
public sealed partial class CredentialTests(Chromium chromium)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_person_with_an_authenticator_logs_in_with_its_code(bool scripts)
    {
        var page = await chromium.OpenAsync(scripts: scripts);
        var complaints = page.Complaints();
        var email = await chromium.RegisterAsync();
        var (authenticator, _) = await chromium.EnrolAsync(email);
        await page.GotoAsync("/login?return_url=%2Flogged-out");
        await page.LogInAsync(email, Accounts.Password);

        await Expect(page.GetByLabel("Six-digit code")).ToBeFocusedAsync();
        await page.GetByLabel("Six-digit code").FillAsync(authenticator.Code(1).Insert(3, " "));
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex("/logged-out$"));
        Assert.Contains(await page.Context.CookiesAsync(), cookie => cookie.Name == "session");
        Assert.DoesNotContain(await page.Context.CookiesAsync(), cookie => cookie.Name == "mfa");
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_wrong_code_is_said_and_a_recovery_code_helps()
    {
        var page = await chromium.OpenAsync();
        var email = await chromium.RegisterAsync();
        var (authenticator, codes) = await chromium.EnrolAsync(email);
        await page.GotoAsync("/login?return_url=%2Flogged-out");
        await page.LogInAsync(email, Accounts.Password);

        await page.GetByLabel("Six-digit code").FillAsync(authenticator.WrongCode());
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        Assert.DoesNotContain(await page.Context.CookiesAsync(), cookie => cookie.Name == "session");

        await page.GetByRole(AriaRole.Link, new() { Name = "Use a recovery code" }).ClickAsync();
        await page.GetByLabel("Recovery code").FillAsync(codes[0]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/logged-out$"));
    }

    [Fact]
    public async Task A_person_who_forgot_the_password_sets_a_new_one_with_the_link_of_the_mail()
    {
        var page = await chromium.OpenAsync();
        var complaints = page.Complaints();
        var email = await chromium.RegisterAsync();
        await page.GotoAsync("/login");
        await page.GetByRole(AriaRole.Link, new() { Name = "Forgot your password?" }).ClickAsync();
        await page.GetByLabel("E-mail address").FillAsync(email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send the link" }).ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("Check your mail");

        await page.GotoAsync(new Uri(Link().Match(await chromium.ReadMailAsync(email, "Set a new password")).Value).PathAndQuery);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "New password" }).FillAsync("different-Horse-8-staple");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password" }).ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("Your password is changed");

        await page.GetByRole(AriaRole.Link, new() { Name = "Log in" }).ClickAsync();
        await page.LogInAsync(email, Accounts.Password);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
        await page.LogInAsync(email, "different-Horse-8-staple");
        Assert.Contains(await page.Context.CookiesAsync(), cookie => cookie.Name == "session");
        Assert.All(complaints, complaint => Assert.Contains("401", complaint, StringComparison.Ordinal));
    }

    public static TheoryData<bool, int, bool> Windows()
    {
        var windows = new TheoryData<bool, int, bool>();
        foreach (var recovery in new[] { false, true })
            foreach (var width in new[] { 375, 1280 })
                foreach (var dark in new[] { false, true })
                    windows.Add(recovery, width, dark);
        return windows;
    }

    [Theory, MemberData(nameof(Windows))]
    public async Task The_page_for_the_code_fits_its_window_and_breaks_no_rule_of_its_own(bool recovery, int width, bool dark)
    {
        var page = await chromium.OpenAsync(width, dark ? ColorScheme.Dark : ColorScheme.Light);
        var complaints = page.Complaints();
        var email = await chromium.RegisterAsync();
        await chromium.EnrolAsync(email);
        await page.GotoAsync("/login");
        await page.LogInAsync(email, Accounts.Password);
        if (recovery) await page.GetByRole(AriaRole.Link, new() { Name = "Use a recovery code" }).ClickAsync();

        await Expect(page.GetByLabel(recovery ? "Recovery code" : "Six-digit code")).ToBeVisibleAsync();
        Assert.True(await page.FitsAsync(), $"It is wider than {width} px");
        Assert.Empty(complaints);
    }

    [GeneratedRegex(@"http://\S+/reset-password\?token=[\w-]+")]
    private static partial Regex Link();
}
