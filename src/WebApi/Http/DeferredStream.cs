namespace GoApi.WebApi.Http;

/// <summary>
/// For writers that end their parts synchronously, as zip archives do, where Kestrel allows no waiting: what they write so (a few
/// kilobytes a part) is kept until the next asynchronous write, or the end.
/// </summary>
internal sealed class DeferredStream(Stream to) : Stream
{
    private readonly MemoryStream kept = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer) => kept.Write(buffer);

    public override void Write(byte[] buffer, int offset, int count) => kept.Write(buffer, offset, count);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await DrainAsync(cancellationToken);
        await to.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // It is kept.
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        await to.FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await FlushAsync(CancellationToken.None);
        await kept.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask DrainAsync(CancellationToken ct)
    {
        if (kept.Length == 0) return;

        await to.WriteAsync(kept.GetBuffer().AsMemory(0, (int)kept.Length), ct);
        kept.SetLength(0);
    }
}
