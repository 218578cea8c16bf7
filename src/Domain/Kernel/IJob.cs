namespace GoApi.Domain.Kernel;

/// <summary>An event that is a piece of work. Its message has the id that it names: whoever knows the one finds the other. One consumer takes it.</summary>
public interface IJob : IDomainEvent
{
    Guid JobId { get; }

    /// <summary>It is not begun earlier; at once where it is null.</summary>
    DateTimeOffset? NotBefore { get; }
}
