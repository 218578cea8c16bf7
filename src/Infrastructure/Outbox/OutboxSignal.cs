namespace GoApi.Infrastructure.Outbox;

/// <summary>
/// Wakes this process's relay after a commit that wrote to the outbox. Every process that writes relays too, so none
/// has to be told by another; NOTIFY would take a lock that serialises all commits of the database (docs/decisions/0005).
/// </summary>
internal sealed class OutboxSignal : IDisposable
{
    private readonly SemaphoreSlim wake = new(0, 1);

    public void Set()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public void Dispose() => wake.Dispose();

    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => wake.WaitAsync(atMost, ct);
}
