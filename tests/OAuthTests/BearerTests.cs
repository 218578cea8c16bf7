using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GoApi.Infrastructure.OpenIddict;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace GoApi.OAuthTests;

/// <summary>In one mode: the check of a token asks no database.</summary>
[Trait("Promise", "S3")]
public sealed class BearerTests(EmbeddedHost host) : OAuthTest(host)
{
    private ECDsaSecurityKey Key => Host.Provider.GetRequiredService<SigningKeys>().Current[0];

    [Fact]
    public async Task Forged_and_misused_tokens_are_refused()
    {
        var user = await Host.RegisterAsync();
        var good = await GoodAsync(user);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync(Forge(good)));

        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var body = Web.Encode(Encoding.UTF8.GetBytes(good.ToJsonString()));
        var forged = Forge(good).Split('.');
        var changed = JsonNode.Parse(good.ToJsonString())!.AsObject();
        changed["role"] = "admin";
        var bad = new Dictionary<string, string>
        {
            ["foreign iss"] = Forge(good, token => token["iss"] = "https://evil.example"),
            ["foreign aud"] = Forge(good, token => token["aud"] = "https://other.example"),
            ["no aud"] = Forge(good, token => token.Remove("aud")),
            ["expired"] = Forge(good, token => token["exp"] = DateTimeOffset.FromUnixTimeSeconds(good["iat"]!.GetValue<long>()).ToUnixTimeSeconds() - 1),
            ["no exp"] = Forge(good, token => token.Remove("exp")),
            ["no jti"] = Forge(good, token => token.Remove("jti")),
            ["typ JWT"] = Forge(good, type: "JWT"),
            ["no typ"] = Forge(good, type: null),
            ["foreign key, our kid"] = Forge(good, key: new ECDsaSecurityKey(foreign) { KeyId = Key.KeyId }),
            ["alg none"] = $"{Web.Encode("""{"alg":"none","typ":"at+jwt"}"""u8.ToArray())}.{body}.",
            ["HMAC with the public key, DER"] = Hmac(body, Key.ECDsa.ExportSubjectPublicKeyInfo()),
            ["HMAC with the public key, PEM"] = Hmac(body, Encoding.ASCII.GetBytes(Key.ECDsa.ExportSubjectPublicKeyInfoPem())),
            ["changed payload"] = $"{forged[0]}.{Web.Encode(Encoding.UTF8.GetBytes(changed.ToJsonString()))}.{forged[2]}",
            ["rubbish"] = "x",
            ["too long"] = new string('x', 9_000),
        };
        foreach (var (name, token) in bad) Assert.True(await Browser.MeAsync(token) == HttpStatusCode.Unauthorized, name);
    }

    [Fact]
    public async Task Other_tokens_are_no_access_tokens()
    {
        var client = await Host.AddCodeClientAsync(consent: false);
        var code = (await Browser.AuthorizeAsync(Web.Authorize(client), await Host.RegisterAsync())).Code();
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(code));
        var tokens = await Browser.PostAsync(Browser.Oauth + "token", client, Web.Exchange(code)).JsonAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("id_token")));
        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(tokens.Text("refresh_token")));
    }

    [Fact]
    public async Task Refusal_is_an_envelope_with_a_challenge()
    {
        var answer = await Browser.BearerAsync("/api/v1/users/me", "x");
        Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Equal("UNAUTHORIZED", (await answer.JsonAsync())["errors"]![0]!["code"]!.ToString());
        Assert.Equal("Bearer", (await Browser.GetAsync("/api/v1/users/me")).Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Browser_session_is_no_credential_for_the_API()
    {
        await Browser.LogInAsync(await Host.RegisterAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await Browser.GetAsync("/api/v1/users/me")).StatusCode);
    }

    [Fact]
    public async Task Revocation_of_a_user_ends_what_was_before_it_and_not_what_comes_after()
    {
        var user = await Host.RegisterAsync();
        var before = (await Host.LogInAsync(user)).Text("access_token");
        using var page = Host.NewBrowser();
        await page.LogInAsync(user);
        var client = await Host.AddCodeClientAsync(consent: false);

        await using (var scope = Host.Provider.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<RevocationWriter>().Add(RevocationKind.User, user.Id.ToString());
            await scope.ServiceProvider.GetRequiredService<Infrastructure.Persistence.AppDbContext>().SaveChangesAsync();
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await Browser.MeAsync(before));
        Assert.StartsWith("/login", (await page.GetAsync(Web.Authorize(client))).Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await Browser.MeAsync((await Host.LogInAsync(user)).Text("access_token")));
        await page.LogInAsync(user);
        (await page.GetAsync(Web.Authorize(client))).Headers.Location!.Code();
    }

    private async Task<JsonObject> GoodAsync(TestUser user) => Web.Part((await Host.LogInAsync(user)).Text("access_token"), 1);

    private string Forge(JsonObject good, Action<JsonObject>? change = null, string? type = "at+jwt", ECDsaSecurityKey? key = null)
    {
        var payload = JsonNode.Parse(good.ToJsonString())!.AsObject();
        change?.Invoke(payload);
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = Key.KeyId };
        if (type is not null) header["typ"] = type;
        var content = $"{Web.Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Web.Encode(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        return $"{content}.{Web.Encode((key ?? Key).ECDsa.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    private string Hmac(string body, byte[] secret)
    {
        var content = $"{Web.Encode(Encoding.UTF8.GetBytes($"{{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"{Key.KeyId}\"}}"))}.{body}";
        return $"{content}.{Web.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(content)))}";
    }
}
