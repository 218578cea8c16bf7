namespace GoApi.Application.Abstractions.Queueing;

/// <summary>
/// Spreads work over processes. The outbox in the database is the only home of a message; the queue carries its id, and
/// may lose or double it: a row that is not done in time is published again, and one that is done is not done twice.
/// </summary>
public interface IQueue
{
    /// <summary><c>nats</c> or <c>embedded</c>.</summary>
    string Mode { get; }

    /// <summary>Hands over a batch; returns when the queue has taken all of it.</summary>
    /// <exception cref="QueueUnavailableException">Nothing, or only a part of it, was taken.</exception>
    Task PublishAsync(IReadOnlyList<QueuedMessage> batch, CancellationToken ct);

    /// <summary>Calls <paramref name="handle"/> for each message of a lane, up to <paramref name="parallelism"/> at a time, until <paramref name="ct"/>
    /// is cancelled; then takes no more, and returns when those in flight have ended.</summary>
    Task ConsumeAsync(string lane, int parallelism, Func<QueuedMessage, Task> handle, CancellationToken ct);

    /// <summary>Returns when the queue has answered.</summary>
    Task PingAsync(CancellationToken ct);
}

/// <param name="Id">The outbox row's.</param>
/// <param name="Dispatch">Counts the publications of this row: a repeated one is not a duplicate for the queue to drop.</param>
public sealed record QueuedMessage(Guid Id, string Lane, int Dispatch);

public sealed class QueueUnavailableException(Exception inner) : Exception("The queue does not answer.", inner);
