using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The accounts of others, for administrators. Changes are tracked and saved by <c>IUnitOfWork</c>; anonymised accounts are unknown.</summary>
public interface IUserAdministration
{
    /// <summary>An account to change, held against <c>If-Match</c>; null where there is none.</summary>
    Task<ManagedUser?> FindAsync(Guid userId, CancellationToken ct);

    /// <summary>What an administrator sees of a user. Another number is not verified.</summary>
    Task SetNameAsync(Guid userId, string firstName, string lastName, string? phone, CancellationToken ct);

    /// <summary>Raises <see cref="UserSuspended"/> or <see cref="UserReinstated"/>.</summary>
    Task SetStatusAsync(Guid userId, UserStatus status, CancellationToken ct);

    /// <summary>Raises <see cref="RoleChanged"/>.</summary>
    Task SetRoleAsync(Guid userId, Role role, CancellationToken ct);

    /// <summary>The password stops working, and every token that was mailed before; raises <see cref="PasswordResetForced"/>.</summary>
    Task ForgetPasswordAsync(Guid userId, CancellationToken ct);
}

/// <summary>What decides whether an administrator may change somebody.</summary>
public sealed record ManagedUser(Guid Id, Role Role, UserStatus Status)
{
    public bool IsActiveAdministrator => Role == Role.Admin && Status == UserStatus.Active;
}
