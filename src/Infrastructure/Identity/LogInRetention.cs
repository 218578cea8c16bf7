using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>Failures that are forgiven, and devices that were not seen for long.</summary>
internal sealed class LogInRetention(AppDbContext db, TimeProvider time) : IRetention
{
    public async Task CleanAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var forgotten = (now - ThrottlePolicy.Forgotten).ToUnixTimeMilliseconds();
        await db.Set<LogInThrottle>().Where(row => row.LastFailureAt < forgotten).ExecuteDeleteAsync(ct);

        var unseen = now - KnownDevices.Kept;
        await db.Set<UserDevice>().Where(row => row.LastSeenAt < unseen).ExecuteDeleteAsync(ct);
    }
}
