using System.Security.Cryptography;
using System.Text.Json;
using GoApi.Application.ApiClients;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using NSubstitute;
using static System.Buffers.Text.Base64Url;

namespace GoApi.UnitTests.ApiClients;

public sealed class RegisterClientTests : ClientsWorld
{
    private const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    private const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    public static TheoryData<string, string?> KeySets()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        using var weak = RSA.Create(1024);
        var point = ec.ExportParameters(false);
        string Ec(string more = "", byte[]? y = null, string crv = "P-256") => $$"""{"kty":"EC","crv":"{{crv}}","x":"{{EncodeToString(point.Q.X!)}}","y":"{{EncodeToString(y ?? point.Q.Y!)}}"{{more}}}""";
        static string Rsa(RSA key) => $$"""{"kty":"RSA","n":"{{EncodeToString(key.ExportParameters(false).Modulus!)}}","e":"AQAB"}""";
        static string Set(params string[] keys) => $$"""{"keys":[{{string.Join(',', keys)}}]}""";
        return new()
        {
            { Set(Ec()), null },
            { Set(Ec(",\"kid\":\"1\",\"use\":\"sig\",\"alg\":\"ES256\""), Rsa(rsa)), null },
            { Set(Rsa(weak)), "at least 2048 bits" },
            { Set(Ec(",\"d\":\"AAAA\"")), "public part only" },
            { Set("""{"kty":"oct","k":"c2VjcmV0"}"""), "public part only" },
            { Set("""{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"""), "RSA or EC" },
            { Set(Ec(y: new byte[32])), "no key" },
            { Set(Ec(crv: "P-192")), "P-256" },
            { Set(Ec(",\"use\":\"enc\"")), "for signatures" },
            { Set(Ec(",\"kid\":\"1\""), Ec(",\"kid\":\"1\"")), "kid of its own" },
            { Set("""{"kty":"RSA","n":"!!","e":"AQAB"}"""), "no key" },
            { Set("""{"kty":"RSA"}"""), "no key" },
            { Set("5"), "object" },
            { Set(), "1 to 10 keys" },
            { Set([.. Enumerable.Repeat(Ec(), 11)]), "1 to 10 keys" },
            { Set(Ec($",\"x5t\":\"{new string('a', 20_000)}\"")), "characters" },
            { """{"keys":{}}""", "JWK Set" },
            { """[]""", "JWK Set" },
            { "\"https://client.example/jwks\"", "JWK Set" },
        };
    }

    [Theory]
    [InlineData("client_credentials", null, false, null)]
    [InlineData("authorization_code", null, false, "redirect_uris")]
    [InlineData("authorization_code", "https://shop.example.com/callback", false, null)]
    [InlineData("authorization_code", "http://shop.example.com/callback", false, "redirect_uris[0]")]
    [InlineData(DeviceCode, null, true, null)]
    [InlineData(TokenExchange, null, false, null)]
    [InlineData(TokenExchange, null, true, "grant_types")]
    [InlineData("client_credentials", null, true, "grant_types")]
    [InlineData("refresh_token", null, true, "grant_types")]
    public void Grants_ask_for_what_they_need(string grant, string? uri, bool isPublic, string? fault)
    {
        var request = new RegisterClient("Shop", null, uri is null ? null : [uri], null, [], [grant], isPublic, RequireConsent: null);

        Assert.Equal(fault is null ? [] : [fault], new RegisterClientValidator().Faults(request));
    }

    [Fact]
    public void Refresh_tokens_come_with_the_grants_of_people()
    {
        foreach (var grant in new[] { "authorization_code", DeviceCode })
            Assert.Empty(new RegisterClientValidator().Faults(new RegisterClient("TV", null, ["https://tv.example/cb"], null, [], [grant, "refresh_token"], true, null)));
    }

    [Theory, MemberData(nameof(KeySets))]
    public void Keys_are_public_strong_and_few(string jwks, string? fault)
    {
        var request = new RegisterClient("Shop", null, null, null, [], ["client_credentials"], IsPublic: false, RequireConsent: null, JsonDocument.Parse(jwks).RootElement);
        var errors = new RegisterClientValidator().Validate(request).Errors;

        if (fault is null) Assert.Empty(errors);
        else Assert.Contains(fault, Assert.Single(errors).ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Public_client_has_no_keys() => Assert.Equal(["jwks"], new RegisterClientValidator().Faults(
        new RegisterClient("App", null, null, null, [], [DeviceCode], IsPublic: true, RequireConsent: null, JsonDocument.Parse((string)KeySets().First().Data.Item1).RootElement)));

    [Fact]
    public async Task Nobody_grants_what_they_may_not_do()
    {
        Clients.AddAsync(Arg.Any<ClientRegistration>(), Arg.Any<Guid?>(), Arg.Any<CancellationToken>()).Returns((Id, "secret"));
        Stored(Permission.UsersRead);
        RegisterClient Of(params string[] scopes) => new("Shop", null, null, null, scopes, ["client_credentials"], false, null);
        RegisterClientHandler Handler() => new(Clients, UnitOfWork, Machine);

        var refused = Failure(await Handler().HandleAsync(Of(Permission.UsersRead, Permission.UsersManage, Permission.AuditRead), Ct));
        Assert.Equal((ErrorKind.Forbidden, "scopes"), (refused.Kind, Assert.Single(refused.Fields).Field));
        Assert.Contains("users:manage, audit:read is more", refused.Message, StringComparison.Ordinal);
        await NothingSaved();

        // People agree to the scopes of their own things themselves.
        Assert.Equal("secret", Value(await Handler().HandleAsync(Of(Permission.UsersRead, "openid", Scope.ProfileWrite), Ct)).ClientSecret);
        await SavedOnce();
    }
}
