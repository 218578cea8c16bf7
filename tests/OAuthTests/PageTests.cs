using System.Net;
using GoApi.Application.Users;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.OAuthTests;

[Trait("Promise", "S4")]
public sealed class PageTests(EmbeddedHost host) : OAuthTest(host)
{
    [Theory]
    [InlineData("/login")]
    [InlineData("/register")]
    [InlineData("/verify-email?token=x")]
    [InlineData("/logged-out")]
    [InlineData("/consent")]
    [InlineData("/forgot-password")]
    [InlineData("/reset-password?token=x")]
    [InlineData("/reset-password")]
    public async Task Every_page_has_strict_headers_and_nothing_inline(string url)
    {
        var answer = await Browser.GetAsync(url);
        var html = await answer.Content.ReadAsStringAsync();
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));

        Assert.Equal("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", policy);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Orchard", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Browser.GetAsync("/pages.css")).StatusCode);
    }

    [Theory]
    [InlineData("/login")]
    [InlineData("/register")]
    [InlineData("/verify-email")]
    [InlineData("/consent")]
    [InlineData("/mfa")]
    [InlineData("/forgot-password")]
    [InlineData("/reset-password")]
    public async Task Form_without_its_token_is_refused(string url)
    {
        await Browser.GetAsync(url);
        var user = await Host.RegisterAsync();
        foreach (var answer in new[] { await Browser.PostAsync(url, ("email", user.Email), ("password", OAuthHost.Password)), await Browser.PostAsync(url) })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("This form has expired", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\t/evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("")]
    public async Task Log_in_leads_nowhere_else(string returnUrl)
    {
        var page = await Browser.GetAsync("/login?return_url=" + Uri.EscapeDataString(returnUrl));
        var done = await Browser.SubmitAsync(page, "/login", ("email", (await Host.RegisterAsync()).Email), ("password", OAuthHost.Password));
        Assert.Equal("/", await done.NextAsync());
    }

    [Fact]
    public async Task Logo_is_a_picture_and_can_do_nothing()
    {
        var logo = await Browser.GetAsync("/logo");
        Assert.Equal((HttpStatusCode.OK, "image/svg+xml"), (logo.StatusCode, logo.Content.Headers.ContentType!.MediaType));
        Assert.Contains("sandbox", logo.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("src=\"/logo\"", await (await Browser.GetAsync("/login")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_password_and_unknown_address_read_the_same()
    {
        var user = await Host.RegisterAsync();
        var wrong = await Browser.SubmitAsync(await Browser.GetAsync("/login"), "/login", ("email", user.Email), ("password", "wrong-password"));
        var unknown = await Browser.SubmitAsync(await Browser.GetAsync("/login"), "/login", ("email", "nobody@example.test"), ("password", "wrong-password"));

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (wrong.StatusCode, unknown.StatusCode));
        var text = await wrong.Content.ReadAsStringAsync();
        Assert.Contains("The e-mail address or the password is wrong.", text, StringComparison.Ordinal);
        Assert.Contains("role=\"alert\"", text, StringComparison.Ordinal);
        Assert.Contains("The e-mail address or the password is wrong.", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_people_write_is_text_and_not_markup()
    {
        var answer = await Browser.SubmitAsync(await Browser.GetAsync("/login"), "/login", ("email", "\"><b>x</b>@example.test"), ("password", "x"));
        Assert.DoesNotContain("<b>x</b>", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registration_names_every_field_at_fault_and_then_opens_the_account()
    {
        var bad = await Browser.SubmitAsync(await Browser.GetAsync("/register"), "/register", ("email", "no"), ("password", "short"), ("first_name", ""), ("last_name", "L"));
        var html = await bad.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
        foreach (var field in new[] { "email", "password", "first_name" }) Assert.Contains($"id=\"{field}-fault\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("last_name-fault", html, StringComparison.Ordinal);

        var email = $"page-{Guid.CreateVersion7():N}@example.test";
        (string, string)[] fields = [("email", email), ("password", OAuthHost.Password), ("first_name", "Grace"), ("last_name", "Hopper")];
        var done = await Browser.SubmitAsync(await Browser.GetAsync("/register"), "/register", fields);
        Assert.Contains("Check your mail", await done.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await Browser.SubmitAsync(await Browser.GetAsync("/register"), "/register", fields)).StatusCode);
        Assert.NotNull((await Host.LogInAsync(new TestUser(default, email)))["access_token"]);
    }

    [Fact]
    public async Task Opening_the_link_of_a_mail_confirms_nothing_and_the_button_does_once()
    {
        var user = await Host.RegisterAsync();
        var token = await TokenAsync(user.Id);
        var url = "/verify-email?token=" + Uri.EscapeDataString(token!);
        var page = await Browser.GetAsync(url);
        Assert.NotNull(await TokenAsync(user.Id));

        Assert.Contains("Address confirmed", await (await Browser.SubmitAsync(page, "/verify-email")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Null(await TokenAsync(user.Id));
        var again = await Browser.SubmitAsync(page, "/verify-email");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.StatusCode);
        Assert.Contains("This link does not work", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<string?> TokenAsync(Guid userId)
    {
        await using var scope = Host.Provider.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<IUserAccounts>().MakeVerificationTokenAsync(userId, TestContext.Current.CancellationToken))?.Token;
    }
}
