using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

internal sealed class Administrators(AppDbContext db) : IAdministrators
{
    public async Task<Result<Done>> MayLeaveAsync(Guid userId, CancellationToken ct)
    {
        // One lock for all, and not the rows: who waits for a row keeps those that it has seen before, also where they are no administrators any
        // more, and two that began with different rows could wait for each other. SQLite's transactions exclude one another.
        if (db.Database.IsNpgsql()) await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended('goapi:administrators', 0))", ct);
        var ids = await db.Set<AppUser>().AsNoTracking().Where(user => user.Role == Role.Admin && user.Status == UserStatus.Active).OrderBy(user => user.Id).Select(user => user.Id).Take(2).ToListAsync(ct);
        return ids is [var only] && only == userId ? UserErrors.LastAdministrator : Done.Value;
    }
}
