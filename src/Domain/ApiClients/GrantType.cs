namespace GoApi.Domain.ApiClients;

/// <summary>The grants that a client can be registered for (RFC 6749, sections 4 and 6; RFC 8628; RFC 8693).</summary>
public static class GrantType
{
    public const string AuthorizationCode = "authorization_code";
    public const string ClientCredentials = "client_credentials";
    public const string RefreshToken = "refresh_token";
    public const string DeviceCode = "urn:ietf:params:oauth:grant-type:device_code";
    public const string TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    public static IReadOnlyList<string> All { get; } = [AuthorizationCode, ClientCredentials, RefreshToken, DeviceCode, TokenExchange];

    /// <summary>Those in which the client acts by itself: it has to prove that it is who it says.</summary>
    public static IReadOnlyList<string> Confidential { get; } = [ClientCredentials, TokenExchange];

    /// <summary>Those in which a person agrees, and whose tokens can be refreshed.</summary>
    public static IReadOnlyList<string> OfPeople { get; } = [AuthorizationCode, DeviceCode];
}
