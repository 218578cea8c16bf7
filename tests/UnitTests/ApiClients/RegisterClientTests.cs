using GoApi.Application.ApiClients;

namespace GoApi.UnitTests.ApiClients;

public sealed class RegisterClientTests
{
    [Theory]
    [InlineData("client_credentials", null, null)]
    [InlineData("authorization_code", null, "RedirectUris")]
    [InlineData("authorization_code", "https://shop.example.com/callback", null)]
    [InlineData("authorization_code", "http://shop.example.com/callback", "RedirectUris[0]")]
    public void Redirect_uris_are_needed_for_codes_only_and_are_safe(string grant, string? uri, string? fault)
    {
        var request = new RegisterClient("Shop", null, uri is null ? null : [uri], null, [], [grant], IsPublic: false, RequireConsent: null);

        Assert.Equal(fault, new RegisterClientValidator().Validate(request).Errors.FirstOrDefault()?.PropertyName);
    }
}
