using System.IO.Compression;
using GoApi.WebApi.Http;
using Xunit;

namespace GoApi.WebApiTests;

public class DeferredStreamTests
{
    [Fact]
    public async Task Everything_arrives_in_order_and_nothing_synchronously()
    {
        using var to = new AsyncOnly();
        await using (var stream = new DeferredStream(to))
        {
            stream.Write("ab"u8);
            stream.Flush();
            Assert.Empty(to.ToArray());
            await stream.WriteAsync("cd"u8.ToArray());
            stream.Write("ef"u8.ToArray(), 0, 2);
        }

        Assert.Equal("abcdef"u8.ToArray(), to.ToArray());
    }

    [Fact]
    public async Task Archive_is_written_to_a_stream_that_takes_no_synchronous_writes()
    {
        using var to = new AsyncOnly();
        await using (var stream = new DeferredStream(to))
        await using (var zip = await ZipArchive.CreateAsync(stream, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null))
        await using (var entry = await zip.CreateEntry("data.json").OpenAsync())
            await entry.WriteAsync("{}"u8.ToArray());

        await using var read = new ZipArchive(new MemoryStream(to.ToArray()));
        Assert.Equal(2, Assert.Single(read.Entries).Length);
    }

    private sealed class AsyncOnly : MemoryStream
    {
        private bool allowed;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            allowed = true;
            await base.WriteAsync(buffer, cancellationToken);
            allowed = false;
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Assert.True(allowed);
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Assert.True(allowed);
            base.Write(buffer);
        }
    }
}
