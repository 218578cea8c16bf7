using GoApi.Domain.Kernel;
using GoApi.Infrastructure.Auditing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Persistence;

internal static class AggregateConfiguration
{
    /// <summary>What every aggregate's table has: the id that the aggregate gave itself, the version as the optimistic lock, and entries in the audit trail.</summary>
    public static EntityTypeBuilder<T> IsAggregate<T>(this EntityTypeBuilder<T> aggregate, string table, string auditedAs) where T : Aggregate
    {
        aggregate.IsRow(table);
        aggregate.Property(row => row.Version).IsConcurrencyToken();
        return aggregate.IsAudited(auditedAs);
    }

    /// <summary>The same without a lock and entries, which it says for itself.</summary>
    public static void IsRow<T>(this EntityTypeBuilder<T> aggregate, string table) where T : Aggregate
    {
        aggregate.ToTable(table);
        aggregate.HasKey(row => row.Id);
        aggregate.Property(row => row.Id).ValueGeneratedNever();
        aggregate.Ignore(row => row.Events);
    }
}

/// <summary>How repositories load an aggregate to change it.</summary>
internal static class AggregateLoading
{
    /// <summary>The one that fits, held against <c>If-Match</c>.</summary>
    public static async Task<T?> FindAggregateAsync<T>(this AppDbContext db, System.Linq.Expressions.Expression<Func<T, bool>> which, CancellationToken ct) where T : Aggregate
    {
        var found = await db.Set<T>().FirstOrDefaultAsync(which, ct);
        if (found is not null) db.Scope?.Expected.Check(found.Id, found.Version);
        return found;
    }
}
