using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace GoApi.Infrastructure.Identity;

/// <summary>
/// Failures with a password or a code lock an account for a while. Counted in the database, not in a tracked row: parallel guesses
/// count one by one, and none of them fails for a lost race.
/// </summary>
internal sealed class Lockout(AppDbContext db, IOptions<IdentityOptions> options, TimeProvider time)
{
    public bool IsLocked(AppUser user) => user.LockoutEnd > time.GetUtcNow();

    public Task CountFailureAsync(Guid userId, CancellationToken ct) => CountAsync(db.Set<AppUser>().Where(user => user.Id == userId), ct);

    /// <summary>
    /// Counts first: of any number of guesses at once no more than the limit are looked at. False where the account is locked.
    /// <see cref="ForgetAsync"/> takes it back where the guess was right.
    /// </summary>
    public async Task<bool> TakeAttemptAsync(Guid userId, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await CountAsync(db.Set<AppUser>().Where(user => user.Id == userId && (user.LockoutEnd == null || user.LockoutEnd <= now)), ct) == 1;
    }

    /// <summary>Somebody has logged in.</summary>
    public Task ForgetAsync(Guid userId, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return db.Set<AppUser>().Where(user => user.Id == userId).ExecuteUpdateAsync(
            row => row
                .SetProperty(user => user.AccessFailedCount, 0)
                .SetProperty(user => user.LockoutEnd, (DateTimeOffset?)null)
                .SetProperty(user => user.LastLoginAt, now),
            ct);
    }

    private Task<int> CountAsync(IQueryable<AppUser> which, CancellationToken ct)
    {
        var (limit, until) = (options.Value.Lockout.MaxFailedAccessAttempts, time.GetUtcNow() + options.Value.Lockout.DefaultLockoutTimeSpan);
        return which.ExecuteUpdateAsync(
            row => row
                .SetProperty(user => user.LockoutEnd, user => user.AccessFailedCount + 1 >= limit ? until : user.LockoutEnd)
                .SetProperty(user => user.AccessFailedCount, user => user.AccessFailedCount + 1 >= limit ? 0 : user.AccessFailedCount + 1),
            ct);
    }
}
