namespace GoApi.Application.Users;

/// <summary>What other modules may know of users.</summary>
public interface IUserDirectory
{
    /// <summary>Where and in which language (BCP 47, null where they have not said) to write to a user; null where the account is gone or suspended.</summary>
    Task<(string Email, string FirstName, string? Locale)?> FindAddressAsync(Guid userId, CancellationToken ct);
}
