namespace GoApi.Domain.Kernel;

/// <summary>
/// A consistency boundary: loaded whole, changed through its methods only, saved whole.
/// The id is a UUID version 7 (RFC 9562) made of the creation time, so ordering by id is ordering by
/// creation with ties broken: every "newest first" list needs one index column and one cursor value.
/// </summary>
public abstract class Aggregate
{
    private readonly List<IDomainEvent> events = [];

    protected Aggregate()
    {
        // For the object-relational mapper, which sets the properties after.
    }

    protected Aggregate(DateTimeOffset now) : this(Guid.CreateVersion7(now), now)
    {
    }

    /// <param name="id">A UUID version 7, of something that it is one with.</param>
    protected Aggregate(Guid id, DateTimeOffset now) => (Id, CreatedAt, UpdatedAt) = (id, now, now);

    public Guid Id { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    /// <summary>Counted up with every saved change; it is the ETag and the optimistic lock.</summary>
    public int Version { get; private set; } = 1;

    /// <summary>What has happened since it was loaded; the unit of work writes them to the outbox and forgets them.</summary>
    public IReadOnlyList<IDomainEvent> Events => events;

    public void ForgetEvents() => events.Clear();

    protected void Raise(IDomainEvent happened) => events.Add(happened);

    protected void Touch(DateTimeOffset now) => UpdatedAt = now;
}
