namespace GoApi.Application.Users;

/// <summary>The programs of others that a user has let into the account: what was agreed to, and what is logged in.</summary>
public interface IAuthorizedPrograms
{
    /// <summary>One for each program, the latest first; our own log-in is not among them.</summary>
    Task<IReadOnlyList<AuthorizedProgramDto>> ListAsync(Guid userId, CancellationToken ct);

    /// <summary>Forgets what the user agreed to and ends every session that the program has: within a second its tokens are refused everywhere. Saves itself.</summary>
    /// <returns>False where the user has let no such program in.</returns>
    Task<bool> RevokeAsync(Guid userId, Guid programId, CancellationToken ct);
}

/// <param name="Id">Of the program, for this list.</param>
/// <param name="Scopes">Everything that it was allowed, in words.</param>
/// <param name="CreatedAt">When it was first allowed something that still holds.</param>
/// <param name="Sessions">Where it is logged in now.</param>
public sealed record AuthorizedProgramDto(Guid Id, AuthorizedClientDto Client, IReadOnlyList<GrantedScopeDto> Scopes, DateTimeOffset CreatedAt, int Sessions);

public sealed record AuthorizedClientDto(string ClientId, string Name);

public sealed record GrantedScopeDto(string Name, string Description);
