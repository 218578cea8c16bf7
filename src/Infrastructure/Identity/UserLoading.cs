using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal static class UserLoading
{
    /// <summary>An account to change, held against <c>If-Match</c>.</summary>
    public static async Task<AppUser?> FindUserAsync(this AppDbContext db, Guid id, CancellationToken ct)
    {
        var user = await db.Set<AppUser>().FirstOrDefaultAsync(user => user.Id == id, ct);
        if (user is not null) db.Scope?.Expected.Check(user.Id, user.Version);
        return user;
    }
}
