namespace GoApi.Infrastructure.Signals;

/// <summary>
/// Tells the other instances that there is something new in the database, never what: who listens reads it there. A signal may be lost, doubled
/// or late, so that whoever listens also looks by himself, at bounded intervals.
/// </summary>
internal interface ISignals
{
    /// <summary>Returns at once and does not fail: without the carrier nothing is sent.</summary>
    void Send(string topic);

    /// <param name="wake">Called on any thread, must not block or throw; also called when a lost connection is back, because something may have been missed.</param>
    /// <returns>Ends the listening.</returns>
    IDisposable Listen(string topic, Action wake);
}
