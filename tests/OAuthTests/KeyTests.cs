using System.Net;
using GoApi.Application.Abstractions.Identity;
using GoApi.Infrastructure.OpenIddict;
using GoApi.Tests.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedKeys() : KeyTests(new EmbeddedHost());

public sealed class ServicesKeys() : KeyTests(new ServicesHost());

/// <summary>An installation of its own, because every other test shares its keys.</summary>
[Trait("Promise", "S3")]
public abstract class KeyTests(OAuthHost host) : IAsyncLifetime
{
    private Browser browser = null!;

    public async ValueTask InitializeAsync()
    {
        host.Needed();
        await host.InitializeAsync();
        browser = host.NewBrowser();
    }

    public async ValueTask DisposeAsync()
    {
        browser?.Dispose();
        await host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Tokens_of_the_key_before_stay_valid_in_processes_that_run_and_the_new_one_is_taken_everywhere_at_once()
    {
        await using var twin = host.StartTwin();
        var user = await host.RegisterAsync();
        var before = (await host.LogInAsync(user)).Text("access_token");
        var (status, output, _) = await CommandAsync("keys", "rotate");
        Assert.Equal(0, status);

        await Within.OneSecondAsync(async () => KeyOf((await host.LogInAsync(user)).Text("access_token")) != KeyOf(before), seconds: 4);
        var after = (await host.LogInAsync(user)).Text("access_token");
        Assert.StartsWith(KeyOf(after), output, StringComparison.Ordinal);
        foreach (var origin in new[] { host.Origin, twin.Origin })
        {
            Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(before, origin));
            Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(after, origin));
        }

        Assert.Equal(new[] { KeyOf(after), KeyOf(before) }.Order(), (await PublishedAsync()).Order());
    }

    [Fact]
    public async Task Token_of_a_key_that_this_process_has_not_heard_of_is_looked_for_and_invented_ones_are_not_looked_for_often()
    {
        await using var twin = host.StartTwin();
        var user = await host.RegisterAsync();
        await host.Provider.GetRequiredService<ISigningKeyAdministration>().RotateAsync(CancellationToken.None);
        await host.Provider.GetRequiredService<SigningKeys>().LoadAsync(CancellationToken.None);
        var token = (await host.LogInAsync(user)).Text("access_token");

        Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(token, twin.Origin));
        var keys = twin.Services.GetRequiredService<SigningKeys>();
        Assert.False(await keys.FindAsync(Guid.CreateVersion7().ToString("N"), CancellationToken.None));
        await host.Provider.GetRequiredService<ISigningKeyAdministration>().RotateAsync(CancellationToken.None);
        var known = keys.Current;
        Assert.False(await keys.FindAsync(Guid.CreateVersion7().ToString("N"), CancellationToken.None));
        Assert.Same(known, keys.Current);
    }

    [Fact]
    public async Task Revoked_key_is_refused_on_every_instance_within_a_second_and_sessions_go_on()
    {
        await using var twin = host.StartTwin();
        var client = await host.AddCodeClientAsync(consent: false);
        var code = (await browser.AuthorizeAsync(Web.Authorize(client, scope: "openid profile:read offline_access"), await host.RegisterAsync())).Code();
        var tokens = await browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();
        var access = tokens.Text("access_token");
        Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(access, twin.Origin));

        Assert.True(await host.Provider.GetRequiredService<ISigningKeyAdministration>().RevokeAsync(KeyOf(access), CancellationToken.None));

        Assert.Equal(HttpStatusCode.Unauthorized, await browser.MeAsync(access));
        await Within.OneSecondAsync(async () => await browser.MeAsync(access, twin.Origin) == HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.BearerAsync(Browser.Oauth + "userinfo", access)).StatusCode);
        Assert.Equal("false", (await browser.PostAsync(Browser.Oauth + "introspect", client, ("token", access)).JsonAsync()).Text("active"));

        // The refresh token was signed with another key, which nobody outside has ever seen.
        await Within.OneSecondAsync(async () => !(await PublishedAsync()).Contains(KeyOf(access)), seconds: 4);
        var next = await browser.PostAsync(Browser.Oauth + "token", client, ("grant_type", "refresh_token"), ("refresh_token", tokens.Text("refresh_token"))).JsonAsync();
        Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(next.Text("access_token")));
    }

    [Fact]
    public async Task Refresh_token_outlives_the_keys_of_its_time()
    {
        var user = await host.RegisterAsync();
        var tokens = await host.LogInAsync(user);
        var rotation = host.Provider.GetRequiredService<ISigningKeyAdministration>();
        await rotation.RotateAsync(CancellationToken.None);
        await rotation.RotateAsync(CancellationToken.None);
        await host.WithDatabaseAsync(db => db.Set<SigningKey>().Where(key => key.State == SigningKeyState.Retired).ExecuteDeleteAsync());
        await host.Provider.GetRequiredService<SigningKeys>().LoadAsync(CancellationToken.None);

        Assert.Equal(HttpStatusCode.Unauthorized, await browser.MeAsync(tokens.Text("access_token")));
        var (status, next) = await host.RefreshAsync(tokens.Text("refresh_token"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(HttpStatusCode.OK, await browser.MeAsync(next!.Text("access_token")));
    }

    [Fact]
    public async Task Next_key_is_published_before_it_signs_and_our_own_key_never_is()
    {
        await host.WithDatabaseAsync(db => db.Set<SigningKey>().ExecuteUpdateAsync(row => row.SetProperty(key => key.ActivatedAt, TimeProvider.System.GetUtcNow().AddDays(-84))));
        await host.Provider.GetRequiredService<KeyRotation>().MaintainAsync(CancellationToken.None);
        await host.Provider.GetRequiredService<SigningKeys>().LoadAsync(CancellationToken.None);

        var published = await browser.GetAsync("/.well-known/jwks").JsonAsync();
        Assert.Equal(2, published["keys"]!.AsArray().Count);
        Assert.All(published["keys"]!.AsArray(), key => Assert.Equal(("EC", "ES256", "sig"), (key!["kty"]!.ToString(), key["alg"]!.ToString(), key["use"]!.ToString())));
        Assert.All(published["keys"]!.AsArray(), key => Assert.Null(key!["d"]));
        Assert.Equal("[\"ES256\"]", (await browser.GetAsync("/.well-known/openid-configuration").JsonAsync())["id_token_signing_alg_values_supported"]!.ToJsonString());
        Assert.Equal("ES256", Web.Part((await host.LogInAsync(await host.RegisterAsync())).Text("access_token"), 0).Text("alg"));
    }

    [Fact]
    public async Task Commands_show_rotate_and_revoke_while_the_host_runs()
    {
        var first = (await PublishedAsync()).Single();
        var (status, output, _) = await CommandAsync("keys", "list");
        Assert.Equal(0, status);
        Assert.Contains($"{first}  ES256  active", output, StringComparison.Ordinal);

        (status, output, _) = await CommandAsync("keys", "revoke", first);
        Assert.Equal(0, status);
        Assert.StartsWith($"{first} is revoked", output, StringComparison.Ordinal);
        Assert.DoesNotContain(first, (await CommandAsync("keys", "list")).Output, StringComparison.Ordinal);

        Assert.Equal(1, (await CommandAsync("keys", "revoke", first)).Status);
        Assert.Equal(2, (await CommandAsync("keys", "burn")).Status);
    }

    private static string KeyOf(string token) => Web.Part(token, 0).Text("kid");

    private async Task<string[]> PublishedAsync() => [.. (await browser.GetAsync("/.well-known/jwks").JsonAsync())["keys"]!.AsArray().Select(key => key!["kid"]!.ToString())];

    private Task<(int Status, string Output, string Errors)> CommandAsync(params string[] words) => HostCommand.RunAsync(host.Configured, words);
}
