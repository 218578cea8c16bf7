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
        // Who waited for the lock sees the rows as the other transaction left them. In one order, so that no two wait for each other.
        // SQLite needs none of it: its transactions exclude one another.
        var administrators = db.Database.IsNpgsql()
            ? db.Set<AppUser>().FromSql($"SELECT * FROM users WHERE role = 'admin' AND status = 'active' ORDER BY id FOR NO KEY UPDATE")
            : db.Set<AppUser>().Where(user => user.Role == Role.Admin && user.Status == UserStatus.Active);
        List<Guid> ids = [];
        await foreach (var administrator in administrators.AsNoTracking().AsAsyncEnumerable().WithCancellation(ct)) ids.Add(administrator.Id);
        return ids is [var only] && only == userId ? UserErrors.LastAdministrator : Done.Value;
    }
}
