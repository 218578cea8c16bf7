using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GoApi.Domain.Users;
using Xunit;

namespace GoApi.OAuthTests;

public sealed class EmbeddedClientAssertion(EmbeddedHost host) : ClientAssertionTests(host);

public sealed class ServicesClientAssertion(ServicesHost host) : ClientAssertionTests(host);

/// <summary>private_key_jwt: RFC 7523, and OpenID Connect Core, section 9.</summary>
[Trait("Promise", "S3")]
public abstract class ClientAssertionTests(OAuthHost host) : OAuthTest(host)
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public async Task Client_proves_itself_with_its_key_at_every_endpoint()
    {
        var client = await RegisterAsync();
        var tokens = await SendAsync("token", Assert(client), ("grant_type", "client_credentials"));
        Xunit.Assert.Equal(client, Web.Part(tokens.Text("access_token"), 1).Text("client_id"));
        Xunit.Assert.Equal("true", (await SendAsync("introspect", Assert(client), ("token", tokens.Text("access_token")))).Text("active"));
        await SendAsync("revoke", Assert(client), ("token", tokens.Text("access_token")));
        Xunit.Assert.Equal("false", (await SendAsync("introspect", Assert(client), ("token", tokens.Text("access_token")))).Text("active"));
    }

    [Fact]
    public async Task Assertion_works_once_also_for_twenty_at_once_and_on_another_instance()
    {
        await using var twin = Host.StartTwin();
        var (client, other) = (await RegisterAsync(), await RegisterAsync());
        var assertion = Assert(client, jti: "once");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => SendAsync((n % 2 == 0 ? Host.Origin : twin.Origin) + Browser.Oauth + "token", assertion, ("grant_type", "client_credentials"))));

        Xunit.Assert.Single(answers, answer => answer["access_token"] is not null);
        Xunit.Assert.All(answers.Where(answer => answer["access_token"] is null), answer => Xunit.Assert.Equal("invalid_client", answer.Text("error")));
        // Another client may use the same jti.
        Xunit.Assert.NotNull((await SendAsync("token", Assert(other, jti: "once"), ("grant_type", "client_credentials")))["access_token"]);
    }

    [Fact]
    public async Task What_proves_nothing_is_refused()
    {
        var (client, other) = (await RegisterAsync(), await RegisterAsync());
        var now = TimeProvider.System.GetUtcNow();
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bad = new Dictionary<string, string>
        {
            ["foreign key"] = Assert(client, signedBy: foreign),
            ["the token endpoint for the issuer"] = Assert(client, aud: Host.Origin + Browser.Oauth + "token"),
            ["foreign audience"] = Assert(client, aud: "https://evil.example"),
            ["no jti"] = Assert(client, change: claims => claims.Remove("jti")),
            ["no exp"] = Assert(client, change: claims => claims.Remove("exp")),
            ["expired"] = Assert(client, change: claims => claims["exp"] = now.AddHours(-1).ToUnixTimeSeconds()),
            ["too far ahead"] = Assert(client, change: claims => claims["exp"] = now.AddHours(1).ToUnixTimeSeconds()),
            ["somebody else's subject"] = Assert(client, change: claims => claims["sub"] = other),
            ["somebody else's issuer"] = Assert(client, change: claims => claims["iss"] = other),
            ["alg none"] = $"{Web.Encode("""{"alg":"none"}"""u8.ToArray())}.{Assert(client).Split('.')[1]}.",
            ["HMAC with the public key"] = Hmac(client),
            ["rubbish"] = "x.y.z",
        };
        foreach (var (name, assertion) in bad)
        {
            var answer = await SendAsync("token", assertion, ("grant_type", "client_credentials"));
            Xunit.Assert.True(answer["access_token"] is null && answer.Text("error") is "invalid_client" or "invalid_request", $"{name}: {answer}");
        }

        // With a key registered, the name alone is nothing, and neither is a secret.
        Xunit.Assert.Null((await Browser.PostAsync(Browser.Oauth + "token", ("grant_type", "client_credentials"), ("client_id", client)).JsonAsync())["access_token"]);
        Xunit.Assert.Null((await Browser.PostAsync(Browser.Oauth + "token", new TestClient(client, "x"), ("grant_type", "client_credentials")).JsonAsync())["access_token"]);
    }

    [Fact]
    public async Task Discovery_names_the_method_and_its_algorithms()
    {
        var metadata = await Browser.GetAsync("/.well-known/openid-configuration").JsonAsync();
        Xunit.Assert.Contains("private_key_jwt", metadata["token_endpoint_auth_methods_supported"]!.AsArray().Select(method => method!.ToString()));
        Xunit.Assert.Contains("ES256", metadata["token_endpoint_auth_signing_alg_values_supported"]!.AsArray().Select(method => method!.ToString()));
        Xunit.Assert.DoesNotContain("HS256", metadata["token_endpoint_auth_signing_alg_values_supported"]!.AsArray().Select(method => method!.ToString()));
    }

    private async Task<string> RegisterAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Host.Origin) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", (await Host.LogInAsync(await Host.RegisterAsync(Role.Admin))).Text("access_token"));
        var point = key.ExportParameters(false).Q;
        var body = JsonSerializer.Serialize(new
        {
            name = "Machine with a key",
            scopes = new[] { "users:read" },
            grant_types = new[] { "client_credentials" },
            jwks = new { keys = new[] { new { kty = "EC", crv = "P-256", kid = "k1", alg = "ES256", use = "sig", x = Web.Encode(point.X!), y = Web.Encode(point.Y!) } } },
        });
        var answer = await http.PostAsync("/api/v1/clients", new StringContent(body, null, "application/json"));
        var data = (await answer.JsonAsync())["data"]!.AsObject();
        Xunit.Assert.Equal((HttpStatusCode.Created, "private_key_jwt"), (answer.StatusCode, data.Text("token_endpoint_auth_method")));
        Xunit.Assert.Null(data["client_secret"]);
        Xunit.Assert.Equal("k1", data["jwks"]!["keys"]![0]!["kid"]!.ToString());
        return data.Text("client_id");
    }

    private async Task<JsonObject> SendAsync(string endpoint, string assertion, params (string, string)[] fields)
    {
        var url = endpoint.StartsWith("http", StringComparison.Ordinal) ? endpoint : Browser.Oauth + endpoint;
        return await Browser.PostAsync(url, [("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), ("client_assertion", assertion), .. fields]).JsonAsync();
    }

    private JsonObject Claims(string client, string? aud, string? jti)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new JsonObject
        {
            ["iss"] = client,
            ["sub"] = client,
            ["aud"] = aud ?? Host.Origin,
            ["jti"] = jti ?? Guid.CreateVersion7().ToString(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
    }

    private string Assert(string client, string? aud = null, string? jti = null, ECDsa? signedBy = null, Action<JsonObject>? change = null)
    {
        var claims = Claims(client, aud, jti);
        change?.Invoke(claims);
        var content = $"{Web.Encode("""{"alg":"ES256","kid":"k1","typ":"JWT"}"""u8.ToArray())}.{Web.Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{content}.{Web.Encode((signedBy ?? key).SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    private string Hmac(string client)
    {
        var content = $"{Web.Encode("""{"alg":"HS256","kid":"k1"}"""u8.ToArray())}.{Web.Encode(Encoding.UTF8.GetBytes(Claims(client, null, null).ToJsonString()))}";
        return $"{content}.{Web.Encode(HMACSHA256.HashData(key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(content)))}";
    }
}
