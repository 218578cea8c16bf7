namespace GoApi.Domain.Users;

/// <summary>A role is a named set of permissions: see <see cref="Permission.Of"/>.</summary>
public enum Role
{
    User,
    Support,
    Moderator,
    Admin,
}

public enum UserStatus
{
    Active,
    Suspended,
    Anonymized,
}
