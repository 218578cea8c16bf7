namespace GoApi.Application.Abstractions.Storage;

/// <summary>Keeps files under keys that we make, never a user: lower-case letters, digits, dots and dashes, in parts between slashes.</summary>
public interface IFileStore
{
    /// <summary><c>local</c>.</summary>
    string Mode { get; }

    /// <summary>All of it or nothing, durable when it returns; one of the same key is replaced.</summary>
    Task PutAsync(string key, Stream content, CancellationToken ct);

    /// <summary>Null where there is none. The caller disposes of it.</summary>
    Task<Stream?> OpenAsync(string key, CancellationToken ct);

    /// <summary>Nothing happens where there is none.</summary>
    Task DeleteAsync(string key, CancellationToken ct);
}
