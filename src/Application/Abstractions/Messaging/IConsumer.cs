using GoApi.Domain.Kernel;

namespace GoApi.Application.Abstractions.Messaging;

/// <summary>
/// One reaction to one kind of event. The unit of work writes one outbox row for each consumer of an event, in the
/// transaction of the change; a worker runs it later, at least once. What the consumer saves and the closing of its row
/// commit together, so an effect in the database happens once; an effect outside is told apart by <see cref="Message.Id"/>.
/// </summary>
public interface IConsumer<TEvent> where TEvent : class, IDomainEvent
{
    /// <summary>
    /// What it tracked and did not save is written with the outcome that it returns, whatever that is; where it throws, nothing is.
    /// </summary>
    Task<Consumed> HandleAsync(TEvent happened, Message message, CancellationToken ct);
}

/// <summary>Is told of a message whose every attempt was cut off before its outcome was known: there is no further one.</summary>
public interface IAbandonedMessages
{
    /// <summary>What it tracks is written with that.</summary>
    Task AbandonAsync(Message message, CancellationToken ct);
}

/// <summary>Names a consumer on the wire and puts it into a lane.</summary>
/// <param name="name">Stable: rows written by an older version are read by a newer one (<c>users.send-verification-mail</c>).</param>
/// <param name="lane">Lanes are worked on side by side: a slow one does not hold up the others.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ConsumerAttribute(string name, string lane) : Attribute
{
    public string Name { get; } = name;

    public string Lane { get; } = lane;
}

public static class Lane
{
    public const string Mail = "mail";
    public const string Sms = "sms";
    public const string Work = "work";

    public static IReadOnlyList<string> All { get; } = [Mail, Sms, Work];
}

/// <summary>The message that is being worked on.</summary>
/// <param name="Id">The same in every attempt: the idempotency key towards providers.</param>
/// <param name="Attempt">From 1; goes on where somebody has it tried again by hand.</param>
/// <param name="Ambiguous">An earlier attempt ended without anyone knowing whether it took effect.</param>
/// <param name="IsLast">If it fails, the message is a dead letter.</param>
/// <param name="CreatedAt">When the event happened.</param>
public sealed record Message(Guid Id, int Attempt, bool Ambiguous, bool IsLast = false, DateTimeOffset CreatedAt = default);

/// <summary>How an attempt ended, which decides whether there is another.</summary>
public abstract record Consumed
{
    private Consumed()
    {
    }

    /// <summary>It is done, or there was nothing to do.</summary>
    public sealed record Completed : Consumed;

    /// <summary>It did not take effect and may later: again after <paramref name="After"/>, or after the back-off where that is null.</summary>
    public sealed record Failed(string Reason, TimeSpan? After = null) : Consumed;

    /// <summary>It was not tried, and is after <paramref name="After"/>: no attempt was made.</summary>
    public sealed record Postponed(TimeSpan After) : Consumed;

    /// <summary>Nobody knows whether it took effect: again, because losing is worse than doubling, and marked as ambiguous.</summary>
    public sealed record Unknown(string Reason) : Consumed;

    /// <summary>It never will: kept as a dead letter for a person to look at.</summary>
    public sealed record Dead(string Reason) : Consumed;

    public static Consumed Done { get; } = new Completed();
}
