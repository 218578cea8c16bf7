namespace GoApi.Application.Abstractions.PersonalData;

/// <summary>
/// What one module keeps of a person: each module that keeps anything has one of these, and the export and the erasure of an account
/// ask all of them (GDPR, articles 15, 17 and 20). A test holds them against every column that is marked as personal.
/// </summary>
public interface IPersonalData
{
    /// <summary>The name of its part of the export, in snake_case.</summary>
    string Section { get; }

    /// <summary>
    /// Everything, as it becomes JSON; null where there is nothing. Secrets (hashes, keys, tokens) are not in it. What can be long is an
    /// <see cref="IAsyncEnumerable{T}"/>, which is read while it is written.
    /// </summary>
    Task<object?> ExportAsync(Guid userId, CancellationToken ct);

    /// <summary>
    /// Overwrites or deletes everything, in the transaction of the caller, who saves. What is shared with others stays, without the person.
    /// It is called again later, for what was under way meanwhile: then the account's own row is overwritten already.
    /// </summary>
    Task EraseAsync(Guid userId, CancellationToken ct);

    /// <summary>The person's files, one after the other; most modules have none.</summary>
    IAsyncEnumerable<PersonalFile> ListFilesAsync(Guid userId, CancellationToken ct) => AsyncEnumerable.Empty<PersonalFile>();
}

/// <param name="Name">Of the entry in the archive: made by us, never what somebody called it.</param>
/// <param name="OpenAsync">The caller disposes of it.</param>
public sealed record PersonalFile(string Name, Func<CancellationToken, Task<Stream>> OpenAsync);
