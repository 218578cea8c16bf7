using System.Collections.Frozen;
using GoApi.Application.Abstractions.Messaging;

namespace GoApi.Infrastructure.Outbox;

/// <summary>
/// Wakes this process's relay after a commit that wrote to the outbox. Every process that writes relays too, so none
/// has to be told by another; NOTIFY would take a lock that serialises all commits of the database (docs/decisions/0005).
/// </summary>
internal sealed class OutboxSignal : IDisposable
{
    private readonly FrozenDictionary<string, SemaphoreSlim> wake = Lane.All.ToFrozenDictionary(lane => lane, _ => new SemaphoreSlim(0, 1));

    public void Set()
    {
        foreach (var lane in wake.Values)
        {
            try
            {
                lane.Release();
            }
            catch (SemaphoreFullException)
            {
                // It is awake already.
            }
        }
    }

    public void Dispose()
    {
        foreach (var lane in wake.Values) lane.Dispose();
    }

    public Task WaitAsync(string lane, TimeSpan atMost, CancellationToken ct) => wake[lane].WaitAsync(atMost, ct);
}
