using System.Threading.Channels;

namespace GoApi.Infrastructure.Signals;

/// <summary>When to look: at an interval, and at once where a signal came. Whatever comes while somebody is looking makes them look once more, and no oftener.</summary>
internal sealed class Ticks : IDisposable
{
    private readonly Channel<bool> due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly ITimer timer;

    public Ticks(TimeSpan interval, TimeProvider time) => timer = time.CreateTimer(_ => Add(), null, interval, interval);

    public void Add() => due.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken ct) => due.Reader.ReadAsync(ct);

    public void Dispose() => timer.Dispose();
}
