namespace GoApi.Infrastructure.Redis;

internal enum RedisCall
{
    /// <summary>Redis is not asked.</summary>
    Refused,
    Usual,

    /// <summary>The one that finds out whether it works again.</summary>
    Probe,
}

/// <summary>
/// Whether Redis is asked at all. Open, it lets one call through after each pause, and closes when that one is answered; the others go on
/// without and do not wait. Not Polly's: that one needs a window of half a second and a ratio to open, and costs twenty times as much (decision 0038).
/// </summary>
internal sealed class RedisCircuit(TimeProvider time)
{
    /// <summary>In a row: one late answer is a pause of somebody's garbage collector. A connection that is gone opens at once.</summary>
    public const int Failures = 3;

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const long Closed = 0;

    private readonly long pause = (long)(Pause.TotalSeconds * time.TimestampFrequency);
    private long probeAt = Closed;
    private int failures;

    public RedisCall Enter()
    {
        var at = Volatile.Read(ref probeAt);
        if (at == Closed) return RedisCall.Usual;

        // Who moves the time of the next probe on is this one.
        var now = time.GetTimestamp();
        return now >= at && Interlocked.CompareExchange(ref probeAt, now + pause, at) == at ? RedisCall.Probe : RedisCall.Refused;
    }

    /// <returns>It has closed. A late answer to a call from before it opened shows nothing.</returns>
    public bool Succeed(RedisCall call)
    {
        if (Volatile.Read(ref failures) != 0) Volatile.Write(ref failures, 0);
        return call == RedisCall.Probe && Interlocked.Exchange(ref probeAt, Closed) != Closed;
    }

    /// <returns>It has opened.</returns>
    public bool Fail(bool isGone) =>
        (Interlocked.Increment(ref failures) >= Failures || isGone) && Interlocked.CompareExchange(ref probeAt, time.GetTimestamp() + pause, Closed) == Closed;
}
