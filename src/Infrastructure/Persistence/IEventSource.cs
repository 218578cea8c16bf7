using GoApi.Domain.Kernel;

namespace GoApi.Infrastructure.Persistence;

/// <summary>A row that is not an <see cref="Aggregate"/> and has events all the same: the user, whom ASP.NET Core Identity keeps.</summary>
internal interface IEventSource
{
    int Version { get; set; }

    IReadOnlyList<IDomainEvent> Events { get; }

    void ForgetEvents();
}
