namespace GoApi.Application.Abstractions.Idempotency;

/// <summary>
/// <c>Idempotency-Key</c>: the key is claimed in the database, in the transaction that the whole request then runs in, so
/// that the change and the remembered answer commit together, and twins on other instances wait for one another.
/// </summary>
public interface IIdempotentRequests
{
    /// <summary>Waits a few seconds for a twin that is still running.</summary>
    Task<IdempotencyClaim> ClaimAsync(IdempotentRequest request, CancellationToken ct);
}

/// <param name="Actor">Whose key it is: the same key of somebody else is another key.</param>
/// <param name="UserId">Where it is a user's: what is remembered goes with their account.</param>
/// <param name="Key">As sent, 8 to 128 characters.</param>
/// <param name="Fingerprint">A digest of method, path and body: the same key with another is refused.</param>
public sealed record IdempotentRequest(string Actor, Guid? UserId, string Key, ReadOnlyMemory<byte> Fingerprint);

/// <summary>What became of the claim.</summary>
public abstract record IdempotencyClaim
{
    private IdempotencyClaim()
    {
    }

    /// <summary>This is the first: run it, then complete or drop the transaction.</summary>
    public sealed record First(IIdempotentTransaction Transaction) : IdempotencyClaim;

    /// <summary>It ran before: this was the answer.</summary>
    public sealed record Replay(RememberedAnswer Answer) : IdempotencyClaim;

    /// <summary>The key was used for another request.</summary>
    public sealed record Reused : IdempotencyClaim;

    /// <summary>A twin is still running.</summary>
    public sealed record InProgress : IdempotencyClaim;
}

/// <summary>The transaction of a first request. Disposed without being completed it is rolled back, and the key is free again.</summary>
public interface IIdempotentTransaction : IAsyncDisposable
{
    /// <summary>Remembers the answer for 24 hours, encrypted, and commits.</summary>
    /// <param name="keepChanges">False for a failure: what the request changed is rolled back, the answer is remembered all the same.</param>
    Task CompleteAsync(RememberedAnswer answer, bool keepChanges, CancellationToken ct);
}

/// <summary>An answer as it can be given again.</summary>
/// <param name="Body">The answer's own serialised form; null where it holds a secret and is not kept.</param>
/// <param name="Location">Of the resource that was made.</param>
public sealed record RememberedAnswer(int Status, byte[]? Body, string? Location);
