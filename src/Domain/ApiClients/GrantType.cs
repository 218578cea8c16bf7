namespace GoApi.Domain.ApiClients;

/// <summary>The grants that a client can be registered for (RFC 6749, section 4 and 6).</summary>
public static class GrantType
{
    public const string AuthorizationCode = "authorization_code";
    public const string ClientCredentials = "client_credentials";
    public const string RefreshToken = "refresh_token";

    public static IReadOnlyList<string> All { get; } = [AuthorizationCode, ClientCredentials, RefreshToken];
}
