using System.Text.RegularExpressions;
using GoApi.Application.Abstractions.Storage;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GoApi.Infrastructure.Embedded;

/// <summary>Files below <c>STORAGE_BASE_PATH</c>. They are written under another name and renamed when they are on the disk: nobody ever reads half of one.</summary>
internal sealed partial class LocalFileStore(AppSettings app, StorageSettings settings, TimeProvider time) : IFileStore
{
    private const int MaxKey = 200;

    private readonly string root = settings.Folder(app);

    public string Mode => "local";

    public async Task PutAsync(string key, Stream content, CancellationToken ct)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // No key begins with a dot.
        var draft = Path.Combine(Path.GetDirectoryName(path)!, $".{Guid.CreateVersion7(time.GetUtcNow()):N}");
        try
        {
            await using (var file = new FileStream(draft, Private(FileMode.CreateNew)))
            {
                await content.CopyToAsync(file, ct);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    public Task<Stream?> OpenAsync(string key, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(PathOf(key), new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, Share = FileShare.Read | FileShare.Delete }));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct)
    {
        var path = PathOf(key);
        if (File.Exists(path)) File.Delete(path);
        return Task.CompletedTask;
    }

    private static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    // Keys are ours. One that is not is a bug, and leads nowhere.
    private string PathOf(string key) => key.Length <= MaxKey && Key().IsMatch(key)
        ? Path.Combine(root, Path.Combine(key.Split('/')))
        : throw new ArgumentException("This is no key of a file.", nameof(key));

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Key();
}

internal static class FileStoreRegistration
{
    public static IServiceCollection AddFileStore(this IServiceCollection services) => services.AddSingleton<IFileStore, LocalFileStore>();
}
