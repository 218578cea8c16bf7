using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>
/// The clients of the authorization server, which keeps them itself: this is its register, to change and to read.
/// The clients that belong to the system (first-party log-in) are not in it. Changes are saved by <c>IUnitOfWork</c>.
/// </summary>
public interface IApiClients
{
    /// <summary>Gives it a client_id and, unless it is public or has keys, a secret of 256 random bits, which only this answer holds.</summary>
    Task<(Guid Id, string? Secret)> AddAsync(ClientRegistration registration, Guid? createdBy, CancellationToken ct);

    /// <summary>False where there is none.</summary>
    Task<bool> ReplaceAsync(Guid id, ClientRegistration registration, CancellationToken ct);

    /// <summary>Also ends its authorizations; its tokens are refused within a second. False where there is none.</summary>
    Task<bool> RemoveAsync(Guid id, CancellationToken ct);

    /// <summary>While it is inactive its tokens are refused and it gets none. False where there is none.</summary>
    Task<bool> SetActiveAsync(Guid id, bool active, CancellationToken ct);

    /// <summary>A new secret in place of the old one, which works as long as <paramref name="grace"/> beside it. Any older one ends now. Null where the client has none.</summary>
    Task<string?> ReplaceSecretAsync(Guid id, TimeSpan grace, CancellationToken ct);

    /// <summary>Null where there is none.</summary>
    Task<ApiClientDto?> FindAsync(Guid id, CancellationToken ct);

    Task<Result<Page<ApiClientDto>>> ListAsync(ApiClientFilter filter, PageRequest page, CancellationToken ct);
}

/// <summary>What a client is registered with.</summary>
/// <param name="Jwks">JSON; null for a client with a secret, and for a public one.</param>
public sealed record ClientRegistration(
    string Name, string? Description, IReadOnlyList<string> RedirectUris, IReadOnlyList<string> PostLogoutRedirectUris,
    IReadOnlyList<string> Scopes, IReadOnlyList<string> GrantTypes, bool IsPublic, bool RequireConsent, string? Jwks);

public sealed record ApiClientFilter(bool? IsActive) : IListFilter;
