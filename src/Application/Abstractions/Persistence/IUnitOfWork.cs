using System.Globalization;

namespace GoApi.Application.Abstractions.Persistence;

/// <summary>
/// Writes everything that must be true together in one transaction: the aggregates' changes, the outbox rows made
/// from their events and the audit entry; inside an idempotent request also the remembered answer.
/// </summary>
public interface IUnitOfWork
{
    /// <summary>All or nothing, durable when it returns.</summary>
    /// <exception cref="ConcurrencyConflictException">A loaded row was changed by somebody else meanwhile.</exception>
    /// <exception cref="UniqueViolationException">A unique index refused a row.</exception>
    Task SaveAsync(CancellationToken ct);

    /// <summary>
    /// For rules over several rows, and for what saves more than once: what is read and saved from here on is one transaction. Within another
    /// one (an idempotent request's) it is a part of that.
    /// </summary>
    Task<ITransaction> BeginAsync(CancellationToken ct);
}

/// <summary>Disposed of without <see cref="CommitAsync"/> it leaves nothing behind.</summary>
public interface ITransaction : IAsyncDisposable
{
    Task CommitAsync(CancellationToken ct);
}

/// <summary>Thrown by <see cref="IUnitOfWork.SaveAsync"/>; the runner answers a conflict.</summary>
public sealed class ConcurrencyConflictException(Exception inner) : Exception("A row was changed by somebody else.", inner);

/// <summary>Thrown by <see cref="IUnitOfWork.SaveAsync"/>; the runner answers a conflict.</summary>
public sealed class UniqueViolationException(Exception inner) : Exception("A unique index refused a row.", inner);

/// <summary>Thrown where an aggregate is loaded or saved that is not of the version the caller named in <c>If-Match</c> (RFC 9110, section 13.1.1).</summary>
public sealed class PreconditionFailedException() : Exception("The resource has another version.");

/// <summary>What the caller named in <c>If-Match</c>: the repositories hold every load of that aggregate against it, so no use case can forget to.</summary>
public sealed class ExpectedVersion
{
    public Guid? ResourceId { get; private set; }

    /// <summary>Any of these will do; where there is none, no version does.</summary>
    public IReadOnlyList<string> Versions { get; private set; } = [];

    public void Require(Guid resourceId, params string[] versions) => (ResourceId, Versions) = (resourceId, versions);

    /// <exception cref="PreconditionFailedException"/>
    public void Check(Guid resourceId, int version)
    {
        if (ResourceId == resourceId && !Versions.Contains(version.ToString(CultureInfo.InvariantCulture))) throw new PreconditionFailedException();
    }
}
