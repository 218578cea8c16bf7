namespace GoApi.Application.Users;

/// <summary>What other modules may know of users.</summary>
public interface IUserDirectory
{
    /// <summary>Where to write to a user; null where the account is gone or suspended.</summary>
    Task<(string Email, string FirstName)?> FindAddressAsync(Guid userId, CancellationToken ct);
}
