namespace GoApi.Infrastructure.Outbox;

/// <summary>
/// One consumer's work on one event. It is written in the transaction of the change and closed in the transaction of the
/// effect, so it is outbox and inbox in one. <see cref="DueAt"/> alone drives it: the relay publishes what is due and
/// moves it into the future; a worker that takes it moves it to the end of its lease; a failed attempt moves it to the end
/// of its back-off. Whatever crashes in between, the row becomes due again.
/// </summary>
internal sealed class OutboxMessage
{
    public const int MaxError = 1_000;

    /// <summary>UUID version 7, of the time of the event.</summary>
    public required Guid Id { get; init; }

    public required string Consumer { get; init; }

    public required string Lane { get; init; }

    /// <summary>The wire name of the event.</summary>
    public required string Event { get; init; }

    /// <summary>The event as JSON: ids and facts only.</summary>
    public required string Payload { get; init; }

    /// <summary>Of the request that began it.</summary>
    public required string RequestId { get; init; }

    /// <summary>W3C trace context, so that the trace goes on in the worker.</summary>
    public string? TraceParent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset DueAt { get; set; }

    /// <summary>Until then a worker is on it and nobody else takes it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>How often it was handed to the queue.</summary>
    public int Dispatches { get; set; }

    /// <summary>The dispatches up to this one are answered: a copy of one that the queue delivers late would cut the back-off short, and is dropped.</summary>
    public int Settled { get; set; }

    /// <summary>The attempts before somebody had it tried again by hand: those after them are counted anew against the limit.</summary>
    public int AttemptsBefore { get; set; }

    /// <summary>How often a worker took it. With <see cref="State"/> it guards the closing: only who took it last can.</summary>
    public int Attempts { get; set; }

    /// <summary>An attempt ended without anyone knowing whether it took effect.</summary>
    public bool Ambiguous { get; set; }

    public string? LastError { get; set; }

    /// <summary>Done or given up; null while there is work to do.</summary>
    public DateTimeOffset? ClosedAt { get; set; }

    public OutboxState State { get; set; }
}

internal enum OutboxState
{
    Open,
    Done,
    Dead,
}
