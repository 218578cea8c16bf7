using GoApi.Domain.AuditLogs;
using GoApi.Infrastructure.AuditLogs;
using GoApi.Infrastructure.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace GoApi.IntegrationTests.AuditLogs;

[Trait("Promise", "A3")]
public sealed class Witness : IDisposable
{
    private static readonly KnownSeal Seen = new(7, new string('a', 64));

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("goapi-witness-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_one_process_has_seen_the_next_one_knows()
    {
        Assert.Null(New().Last);
        New().Keep(Seen);

        Assert.Equal(Seen, New().Last);
        Assert.Equal([New().Path], folder.GetFiles().Select(file => file.FullName));
    }

    [Fact]
    public void Each_database_has_its_own()
    {
        New("one").Keep(Seen);

        Assert.Null(New("other").Last);
        Assert.Null(New().Last);
        Assert.Equal(Seen, New("one").Last);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    public void File_that_was_damaged_is_as_if_there_were_none_and_is_written_anew(string content)
    {
        File.WriteAllText(New().Path, content);

        Assert.Null(New().Last);
        New().Keep(Seen);
        Assert.Equal(Seen, New().Last);
    }

    [Fact]
    public void Where_nothing_can_be_written_it_is_known_until_the_process_ends()
    {
        // A folder in its place: nobody can write a file there, root neither.
        Directory.CreateDirectory(New().Path);
        var witness = New();

        witness.Keep(Seen);

        Assert.Equal(Seen, witness.Last);
        Assert.Null(New().Last);
    }

    private SealWitness New(string? database = null) => new(
        new AppSettings { DataPath = folder.FullName }, new DatabaseSettings { Host = database is null ? null : "localhost", Name = database ?? "" }, NullLogger<SealWitness>.Instance);
}
