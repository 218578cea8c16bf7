using GoApi.Infrastructure.Auditing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GoApi.Infrastructure.Identity;

/// <summary>The failures of one account, device or address. Times are Unix milliseconds, which both databases can count with.</summary>
internal sealed class LogInThrottle
{
    /// <summary>What is counted, and a keyed hash of it.</summary>
    public required string Subject { get; init; }

    public int Failures { get; set; }

    public long LastFailureAt { get; set; }

    /// <summary>0 where it is open.</summary>
    public long LockedUntil { get; set; }
}

/// <param name="Limit">With this failure the first lock begins.</param>
/// <param name="Forgives">A failure is forgotten each time that so long has passed since the last one.</param>
internal sealed record ThrottlePolicy(int Limit, TimeSpan Forgives)
{
    /// <summary>The first lock; each further failure doubles it.</summary>
    public static TimeSpan First { get; } = TimeSpan.FromMinutes(1);

    public static long Doublings => 6;

    public static TimeSpan Longest { get; } = First * (1 << (int)Doublings);

    /// <summary>When even the hardest-tried row has forgotten everything.</summary>
    public static TimeSpan Forgotten { get; } = TimeSpan.FromDays(1);

    public static ThrottlePolicy Account { get; } = new(10, TimeSpan.FromMinutes(30));

    /// <summary>Three minutes' worth of the budget without a pause; a whole office behind one address stays below it. Null where there is no budget.</summary>
    public static ThrottlePolicy? Address(int budget) => budget == 0 ? null : new ThrottlePolicy(Math.Max(30, budget * 3), TimeSpan.FromMinutes(1));
}

/// <summary>One thing whose failures are counted.</summary>
internal sealed record Throttled(string Subject, ThrottlePolicy Policy);

/// <param name="Account">The account, or the device where it is known to it.</param>
/// <param name="Address">Null for known devices, and where addresses are not counted.</param>
internal sealed record LogInAttempt(Throttled Account, Throttled? Address)
{
    public IEnumerable<Throttled> Subjects => Address is null ? [Account] : [Account, Address];
}

/// <param name="HasFailures">There is something to forget.</param>
internal readonly record struct ThrottleState(bool IsLocked, bool HasFailures);

internal sealed class LogInThrottleConfiguration : IEntityTypeConfiguration<LogInThrottle>
{
    public void Configure(EntityTypeBuilder<LogInThrottle> throttle)
    {
        throttle.ToTable("log_in_throttles");
        throttle.IsBookkeeping("Counters that forget by themselves; each failure has an entry.");
        throttle.HasKey(row => row.Subject);
        throttle.Property(row => row.Subject).HasMaxLength(64);
        // Clean-up.
        throttle.HasIndex(row => row.LastFailureAt).HasDatabaseName("ix_log_in_throttles_last_failure");
    }
}
