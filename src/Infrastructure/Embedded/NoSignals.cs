using GoApi.Infrastructure.Signals;

namespace GoApi.Infrastructure.Embedded;

/// <summary>Without Redis nothing carries signals: every instance finds out by looking.</summary>
internal sealed class NoSignals : ISignals
{
    public void Send(string topic)
    {
    }

    public IDisposable Listen(string topic, Action wake) => new Nothing();

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
