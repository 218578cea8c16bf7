using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.BackgroundWork;
using GoApi.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Caching;

/// <summary>Values with this tag that were read before are out of date: written in the transaction of the change.</summary>
internal sealed class CacheInvalidation
{
    public const int MaxTag = 300;

    /// <summary>UUID version 7, of the time of the change.</summary>
    public required Guid Id { get; init; }

    public required string Tag { get; init; }
}

internal sealed class CacheInvalidationConfiguration : IEntityTypeConfiguration<CacheInvalidation>
{
    public void Configure(EntityTypeBuilder<CacheInvalidation> invalidation)
    {
        invalidation.ToTable("cache_invalidations");
        invalidation.IsBookkeeping("Says that something was changed, which has its entry.");
        // The poll and the clean-up go by the key, which is in the order of time.
        invalidation.HasKey(row => row.Id);
        invalidation.Property(row => row.Id).ValueGeneratedNever();
        invalidation.Property(row => row.Tag).HasMaxLength(CacheInvalidation.MaxTag).IsOrdinal();
    }
}

/// <summary>Nobody needs a row any more when every value that was read before it has reached the end of its life.</summary>
internal sealed class CacheInvalidationRetention(AppDbContext db, TimeProvider time) : IRetention
{
    private const int BatchSize = 1_000;

    public async Task CleanAsync(CancellationToken ct)
    {
        var before = CreationTime.Smallest(time.GetUtcNow() - CacheInvalidations.Kept);
        // In batches, so that no lock is held for long.
        while (await db.Set<CacheInvalidation>().Where(row => row.Id.CompareTo(before) < 0).OrderBy(row => row.Id).Take(BatchSize).ExecuteDeleteAsync(ct) == BatchSize)
        {
        }
    }
}
