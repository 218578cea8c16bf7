using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>
/// First-party sessions. Their tokens come from the same OpenID Connect server, issuer and tables as every other
/// grant's; a session ends for all of them at once.
/// </summary>
public interface ISessions
{
    /// <summary>Begins a session and issues its first pair of tokens.</summary>
    Task<IssuedTokens> BeginAsync(Guid userId, CancellationToken ct);

    /// <summary>Redeems a refresh token for the next pair; a reused one ends the session (RFC 9700, section 4.14.2).</summary>
    Task<Result<IssuedTokens>> RefreshAsync(string refreshToken, CancellationToken ct);

    /// <summary>Ends a session: within a second every instance refuses its access tokens, and its refresh token is revoked.</summary>
    Task EndAsync(Guid sessionId, CancellationToken ct);

    /// <summary>The name of the program that a session belongs to, ended or not. Null where there is no such session any more.</summary>
    Task<string?> FindProgramAsync(Guid sessionId, CancellationToken ct);
}

/// <param name="ExpiresIn">Seconds until the access token expires.</param>
public sealed record IssuedTokens(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, Guid UserId);
