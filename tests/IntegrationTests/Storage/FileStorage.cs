using System.Text;
using GoApi.Application.Abstractions.Storage;
using GoApi.Infrastructure.Configuration;
using GoApi.Infrastructure.Embedded;

namespace GoApi.IntegrationTests.Storage;

public sealed class FileStorage : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-files-");
    private readonly LocalFileStore store;

    public FileStorage() => store = new LocalFileStore(new AppSettings { DataPath = folder.FullName }, new StorageSettings(), TimeProvider.System);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task File_is_kept_replaced_and_deleted()
    {
        Assert.Null(await ReadAsync("avatars/a1"));
        await PutAsync("avatars/a1", "one");
        Assert.Equal("one", await ReadAsync("avatars/a1"));
        await PutAsync("avatars/a1", "two");
        Assert.Equal("two", await ReadAsync("avatars/a1"));
        Assert.Equal([Path.Combine(folder.FullName, "files", "avatars", "a1")], Files());

        await store.DeleteAsync("avatars/a1", default);
        await store.DeleteAsync("avatars/a1", default);
        await store.DeleteAsync("nowhere/a1", default);

        Assert.Null(await ReadAsync("avatars/a1"));
        Assert.Empty(Files());
    }

    [Fact, Trait("Promise", "N9")]
    public async Task File_that_was_cut_off_leaves_nothing_and_the_one_before_it_stays()
    {
        await PutAsync("avatars/a1", "one");

        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("avatars/a1", new CutOff(), default));
        await Assert.ThrowsAsync<IOException>(() => store.PutAsync("avatars/a2", new CutOff(), default));

        Assert.Equal("one", await ReadAsync("avatars/a1"));
        Assert.Single(Files());
    }

    [Fact]
    public async Task Open_file_can_be_read_to_its_end_while_it_is_deleted()
    {
        await PutAsync("avatars/a1", "one");
        await using var open = (await store.OpenAsync("avatars/a1", default))!;

        await store.DeleteAsync("avatars/a1", default);

        using var reader = new StreamReader(open);
        Assert.Equal("one", await reader.ReadToEndAsync());
    }

    [Theory, Trait("Promise", "S5")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("avatars/../../secret")]
    [InlineData("avatars//a")]
    [InlineData("/etc/passwd")]
    [InlineData("avatars/.hidden")]
    [InlineData("avatars\\a")]
    [InlineData("avatars/a\0")]
    [InlineData("avatars/a\n")]
    [InlineData("avatars/A")]
    [InlineData("c:/a")]
    public async Task Key_that_is_none_of_ours_leads_nowhere(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => PutAsync(key, "x"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.OpenAsync(key, default));
        await Assert.ThrowsAsync<ArgumentException>(() => store.DeleteAsync(key, default));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Key_has_a_boundary() => await Assert.ThrowsAsync<ArgumentException>(() => PutAsync(new string('a', 201), "x"));

    private async Task PutAsync(string key, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await store.PutAsync(key, content, default);
    }

    private async Task<string?> ReadAsync(string key)
    {
        await using var stream = await store.OpenAsync(key, default);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private string[] Files() => Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories);

    private sealed class CutOff : MemoryStream
    {
        private bool begun;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (begun) throw new IOException("The connection is gone.");
            begun = true;
            return ValueTask.FromResult(1);
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => CopyAsync(destination, cancellationToken);

        private async Task CopyAsync(Stream destination, CancellationToken ct)
        {
            var buffer = new byte[16];
            while (true) await destination.WriteAsync(buffer.AsMemory(0, await ReadAsync(buffer, ct)), ct);
        }
    }
}
