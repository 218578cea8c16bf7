using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace GoApi.OAuthTests;

/// <summary>Signs with our key what we would not sign.</summary>
internal sealed class Forger(ECDsaSecurityKey key)
{
    public string Sign(JsonObject claims, Action<JsonObject>? change = null, string? type = "at+jwt", ECDsaSecurityKey? by = null)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = key.KeyId };
        if (type is not null) header["typ"] = type;
        var content = $"{Web.Encode(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Web.Encode(Encoding.UTF8.GetBytes(Changed(claims, change).ToJsonString()))}";
        return $"{content}.{Web.Encode((by ?? key).ECDsa.SignData(Encoding.ASCII.GetBytes(content), HashAlgorithmName.SHA256))}";
    }

    private static JsonObject Changed(JsonObject claims, Action<JsonObject>? change)
    {
        var copy = claims.DeepClone().AsObject();
        change?.Invoke(copy);
        return copy;
    }
}
