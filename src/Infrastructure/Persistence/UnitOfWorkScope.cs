using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;

namespace GoApi.Infrastructure.Persistence;

/// <summary>What one scope's saves have in common; scoped, and handed to the pooled context when it is leased.</summary>
internal sealed class UnitOfWorkScope(ICurrentActor actor, CurrentUseCase useCase, ExpectedVersion expected)
{
    public ICurrentActor Actor => actor;

    public CurrentUseCase UseCase => useCase;

    public ExpectedVersion Expected => expected;

    /// <summary>The message that a consumer works on: the save of its effect closes its row in the same transaction.</summary>
    public Guid? MessageInWork { get; set; }

    /// <summary>Set by the save that closed <see cref="MessageInWork"/>.</summary>
    public bool MessageClosed { get; set; }

    /// <summary>Rows were written to the outbox in a transaction that is not committed yet.</summary>
    public bool HasUnsentMessages { get; set; }

    /// <summary>Whom a request without a caller is about: somebody whose password was guessed at. The entries belong to their history.</summary>
    public Guid? AboutUserId { get; set; }

    /// <summary>What the open transaction has written of the audit trail, and owes to it.</summary>
    public TransactionTrail Trail { get; set; }

    /// <summary><see cref="Trail"/> before the save that is under way, which may fail.</summary>
    public TransactionTrail TrailBefore { get; set; }

    /// <summary>Persons whose keys were made in a transaction of this scope, which may still be undone.</summary>
    public ISet<Guid> NewPersonKeys { get; } = new HashSet<Guid>();
}

/// <param name="HasEntry">What was changed can be read in the trail.</param>
/// <param name="Owes">Something was changed that needs an entry.</param>
/// <param name="Person">Whose it was, where it was somebody's.</param>
internal readonly record struct TransactionTrail(bool HasEntry, bool Owes, Guid? Person);
