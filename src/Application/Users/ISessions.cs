using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>
/// First-party sessions, and the end of any. Their tokens come from the same OpenID Connect server, issuer and tables as every other
/// grant's; a session ends for all of them at once.
/// </summary>
public interface ISessions
{
    /// <summary>Begins a session and issues its first pair of tokens, which say how the user proved who they are.</summary>
    Task<IssuedTokens> BeginAsync(Guid userId, AuthenticationMethods methods, CancellationToken ct);

    /// <summary>Redeems a refresh token for the next pair; a reused one ends the session (RFC 9700, section 4.14.2).</summary>
    Task<Result<IssuedTokens>> RefreshAsync(string refreshToken, CancellationToken ct);

    /// <summary>
    /// Ends a session: within a second every instance refuses its access tokens, and its refresh token is revoked. With a browser session ends what
    /// programs were given in it, unless it is for offline use.
    /// </summary>
    Task EndAsync(Guid sessionId, CancellationToken ct);

    /// <summary>The name of the program that a session belongs to, ended or not. Null where it is our own log-in, and where there is no such session any more.</summary>
    Task<string?> FindProgramAsync(Guid sessionId, CancellationToken ct);

    /// <summary>
    /// Ends all sessions of a user, those of other programs and of browsers too, in one transaction with what the caller has changed:
    /// it saves, and throws as <c>IUnitOfWork.SaveAsync</c> does.
    /// </summary>
    /// <param name="except">A session that goes on; browser sessions end all the same.</param>
    Task EndAllAsync(Guid userId, Guid? except, CancellationToken ct);

    /// <summary>
    /// The user has another role from now on: within a second every instance refuses the access tokens that name the earlier one. The
    /// sessions go on, and their next refresh gives the new role. The caller saves.
    /// </summary>
    Task RefuseRoleAsync(Guid userId, Role earlier, CancellationToken ct);
}

/// <param name="ExpiresIn">Seconds until the access token expires.</param>
public sealed record IssuedTokens(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, Guid UserId);
