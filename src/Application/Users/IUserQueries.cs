namespace GoApi.Application.Users;

/// <summary>Users to read. Null where there is none, or where the account was anonymised.</summary>
public interface IUserQueries
{
    Task<UserDto?> FindAsync(Guid id, CancellationToken ct);

    Task<ProfileDto?> FindProfileAsync(Guid id, CancellationToken ct);
}
