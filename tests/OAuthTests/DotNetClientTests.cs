using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Client;
using OpenIddict.Client.AspNetCore;
using Xunit;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Client.OpenIddictClientModels;

namespace GoApi.OAuthTests;

/// <summary>OpenIddict.Client, unmodified, in a web application of its own; the person's browser is ours.</summary>
public sealed class DotNetClientTests(EmbeddedHost host) : OAuthTest(host)
{
    private const string Desktop = "desktop";
    private const string Machine = "machine";
    private const string Screen = "screen";
    private const string Gateway = "gateway";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unmodified_NET_client_completes_every_grant_that_it_knows()
    {
        var user = await Host.RegisterAsync();
        await using var app = await StartAsync(
            await Host.AddCodeClientAsync(isPublic: true), await Host.AddMachineAsync("users:read"), await Host.AddDeviceAsync(), await Host.AddExchangerAsync("profile:read"));
        var client = app.Services.GetRequiredService<OpenIddictClientService>();
        var home = app.Urls.Single();

        // Code and PKCE, with the user info that the client fetches by itself.
        var callback = await Browser.AuthorizeAsync((await Browser.GetAsync(home + "/go")).Headers.Location!.ToString(), user);
        var answer = await Browser.GetAsync(callback.ToString());
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
        var tokens = await answer.JsonAsync();
        Assert.Equal((user.Id.ToString(), user.Email), (tokens.Text("sub"), tokens.Text("email")));

        var refreshed = await client.AuthenticateWithRefreshTokenAsync(new RefreshTokenAuthenticationRequest { RegistrationId = Desktop, RefreshToken = tokens.Text("refresh_token"), CancellationToken = Ct });
        Assert.NotEqual(tokens.Text("refresh_token"), refreshed.RefreshToken);

        var alone = await client.AuthenticateWithClientCredentialsAsync(new ClientCredentialsAuthenticationRequest { RegistrationId = Machine, Scopes = ["users:read"], CancellationToken = Ct });
        Assert.Equal("users:read", Web.Part(alone.AccessToken, 1).Text("scope"));

        var shown = await client.ChallengeUsingDeviceAsync(new DeviceChallengeRequest { RegistrationId = Screen, Scopes = [Scopes.OpenId, "profile:read"], CancellationToken = Ct });
        var confirm = await Browser.GetAsync(shown.VerificationUriComplete!.AbsoluteUri);
        Assert.Equal("/device/connected", (await Browser.SubmitAsync(confirm, "/device", ("decision", "allow"))).Headers.Location!.ToString());
        var connected = await client.AuthenticateWithDeviceAsync(new DeviceAuthenticationRequest
        {
            RegistrationId = Screen,
            DeviceCode = shown.DeviceCode,
            Interval = shown.Interval,
            Timeout = shown.ExpiresIn,
            CancellationToken = Ct,
        });
        Assert.Equal(user.Id.ToString(), Web.Part(connected.AccessToken, 1).Text("sub"));

        var traded = await client.AuthenticateWithTokenExchangeAsync(new TokenExchangeAuthenticationRequest
        {
            RegistrationId = Gateway,
            SubjectToken = connected.AccessToken,
            SubjectTokenType = TokenTypeIdentifiers.AccessToken,
            RequestedTokenType = TokenTypeIdentifiers.AccessToken,
            Scopes = ["profile:read"],
            DisableUserInfo = true,
            CancellationToken = Ct,
        });
        Assert.Equal("profile:read", Web.Part(traded.IssuedToken, 1).Text("scope"));
    }

    private async Task<WebApplication> StartAsync(TestClient desktop, TestClient machine, TestClient screen, TestClient gateway)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // RFC 8252, section 7.3: whatever port is free.
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddAuthentication();
        builder.Services.AddOpenIddict().AddClient(options =>
        {
            options.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().AllowClientCredentialsFlow().AllowDeviceAuthorizationFlow().AllowTokenExchangeFlow();
            options.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            options.DisableTokenStorage();
            options.UseAspNetCore().EnableRedirectionEndpointPassthrough().DisableTransportSecurityRequirement()
                .Configure(web => web.CookieBuilder.SecurePolicy = CookieSecurePolicy.SameAsRequest);
            options.UseSystemNetHttp();
            var registration = Registration(Desktop, desktop, Scopes.OpenId, Scopes.Email, Scopes.OfflineAccess);
            registration.RedirectUri = new Uri("cb", UriKind.Relative);
            options.AddRegistration(registration).AddRegistration(Registration(Machine, machine)).AddRegistration(Registration(Screen, screen)).AddRegistration(Registration(Gateway, gateway));
        });

        var app = builder.Build();
        app.UseAuthentication();
        app.MapGet("/go", () => Results.Challenge(
            new AuthenticationProperties(new Dictionary<string, string?> { [OpenIddictClientAspNetCoreConstants.Properties.RegistrationId] = Desktop }), [OpenIddictClientAspNetCoreDefaults.AuthenticationScheme]));
        app.MapGet("/cb", async (HttpContext http) =>
        {
            var result = await http.AuthenticateAsync(OpenIddictClientAspNetCoreDefaults.AuthenticationScheme);
            await http.Response.WriteAsync(new JsonObject
            {
                ["sub"] = result.Principal!.GetClaim(Claims.Subject),
                ["email"] = result.Principal!.GetClaim(Claims.Email),
                ["refresh_token"] = result.Properties!.GetTokenValue(OpenIddictClientAspNetCoreConstants.Tokens.RefreshToken),
            }.ToJsonString());
        });
        await app.StartAsync(Ct);
        return app;
    }

    private OpenIddictClientRegistration Registration(string id, TestClient client, params string[] scopes)
    {
        var registration = new OpenIddictClientRegistration { RegistrationId = id, ProviderName = id, Issuer = new Uri(Host.Origin), ClientId = client.Id, ClientSecret = client.Secret };
        registration.Scopes.UnionWith(scopes);
        return registration;
    }
}
