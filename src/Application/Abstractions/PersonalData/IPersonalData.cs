namespace GoApi.Application.Abstractions.PersonalData;

/// <summary>
/// What one module keeps of a person: each module that keeps anything has one of these, and the export and the erasure of an account
/// ask all of them (GDPR, articles 15, 17 and 20). A test holds them against every column that is marked as personal.
/// </summary>
public interface IPersonalData
{
    /// <summary>The name of its part of the export, in snake_case.</summary>
    string Section { get; }

    /// <summary>Everything, as it becomes JSON; null where there is nothing. Secrets (hashes, keys, tokens) are not in it.</summary>
    Task<object?> ExportAsync(Guid userId, CancellationToken ct);

    /// <summary>Overwrites or deletes everything, in the transaction of the caller, who saves. What is shared with others stays, without the person.</summary>
    Task EraseAsync(Guid userId, CancellationToken ct);
}
