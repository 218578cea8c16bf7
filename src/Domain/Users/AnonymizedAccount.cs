namespace GoApi.Domain.Users;

/// <summary>What an account is called after its erasure. Nobody can register an address of this domain (RFC 2606).</summary>
public static class AnonymizedAccount
{
    public const string FirstName = "Deleted";
    public const string LastName = "User";
    public const string Domain = "deleted.invalid";

    public static string Email(Guid userId) => $"deleted-{userId}@{Domain}";
}
