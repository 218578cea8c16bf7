using System.Threading.Channels;

namespace GoApi.Infrastructure.Signals;

/// <summary>
/// When to look: at an interval, and at once where a signal came. Whatever comes while somebody is looking makes them look once more, and many
/// signals make nobody look without a pause.
/// </summary>
internal sealed class Ticks : IDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Channel<bool> due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly TimeProvider time;
    private readonly ITimer timer;
    private long? last;

    public Ticks(TimeSpan interval, TimeProvider time)
    {
        this.time = time;
        timer = time.CreateTimer(_ => Add(), null, interval, interval);
    }

    public void Add() => due.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken ct)
    {
        await due.Reader.ReadAsync(ct);
        if (last is { } before && time.GetElapsedTime(before) is var passed && passed < Pause) await Task.Delay(Pause - passed, time, ct);
        last = time.GetTimestamp();
    }

    public void Dispose() => timer.Dispose();
}
