using System.Security.Cryptography;
using GoApi.Application.Users;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;

namespace GoApi.Infrastructure.Identity;

internal sealed class UserAdministration(AppDbContext db, TimeProvider time) : IUserAdministration
{
    public async Task<ManagedUser?> FindAsync(Guid userId, CancellationToken ct) =>
        await db.FindUserAsync(userId, ct) is { Status: not UserStatus.Anonymized } user ? new ManagedUser(user.Id, user.Role, user.Status) : null;

    public async Task SetNameAsync(Guid userId, string firstName, string lastName, string? phone, CancellationToken ct)
    {
        var user = await LoadAsync(userId, ct);
        if (user.PhoneNumber != phone) user.PhoneNumberConfirmed = false;
        (user.FirstName, user.LastName, user.PhoneNumber) = (firstName, lastName, phone);
    }

    public async Task SetStatusAsync(Guid userId, UserStatus status, CancellationToken ct)
    {
        var user = await LoadAsync(userId, ct);
        user.Status = status;
        user.Raise(status == UserStatus.Suspended ? new UserSuspended(userId) : new UserReinstated(userId));
    }

    public async Task SetRoleAsync(Guid userId, Role role, CancellationToken ct)
    {
        var user = await LoadAsync(userId, ct);
        user.Role = role;
        user.Raise(new RoleChanged(userId));
    }

    public async Task ForgetPasswordAsync(Guid userId, CancellationToken ct)
    {
        var user = await LoadAsync(userId, ct);
        user.PasswordHash = null;
        // What mailed tokens are bound to.
        user.SecurityStamp = RandomNumberGenerator.GetHexString(32);
        user.Raise(new PasswordResetForced(userId));
    }

    // Tracked since FindAsync: this is no other query's row.
    private async Task<AppUser> LoadAsync(Guid userId, CancellationToken ct)
    {
        var user = await db.Set<AppUser>().FindAsync([userId], ct) ?? throw new InvalidOperationException("The account is gone.");
        user.UpdatedAt = time.GetUtcNow();
        return user;
    }
}
