using Microsoft.EntityFrameworkCore;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Searches whose best plan depends on what is searched for.</summary>
internal static class OwnPlans
{
    /// <summary>
    /// On PostgreSQL a statement that is prepared may be planned once for all values, as if each were a common one: in the order that is asked
    /// for, through all rows, until enough fit. While this is held, each is planned with its own. SQLite plans without the values.
    /// </summary>
    public static async ValueTask<IAsyncDisposable?> BeginOwnPlansAsync(this AppDbContext db, CancellationToken ct)
    {
        if (!db.Database.IsNpgsql() || db.Database.CurrentTransaction is not null) return null;

        var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlAsync($"SET LOCAL plan_cache_mode = force_custom_plan", ct);
        return transaction;
    }
}
