using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using GoApi.Infrastructure.Encryption;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Cursors are opaque and tamper-evident: what a client sends back was made here, for the same list and order.</summary>
internal sealed class CursorCodec(StoredKeys keys)
{
    private const int TagSize = 16;

    /// <param name="order">The list and its order, which the cursor is bound to.</param>
    /// <param name="position">Of the last item that was given.</param>
    public string Encode(string order, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        return Base64Url.EncodeToString([.. Tag(order, text), .. text]);
    }

    /// <summary>Null where it was not made here, or for another list or order.</summary>
    public string? Decode(string order, string cursor)
    {
        if (!Base64Url.IsValid(cursor)) return null;

        var bytes = Base64Url.DecodeFromChars(cursor);
        return bytes.Length > TagSize && CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, TagSize), Tag(order, bytes.AsSpan(TagSize)))
            ? Encoding.UTF8.GetString(bytes.AsSpan(TagSize))
            : null;
    }

    private Span<byte> Tag(string order, ReadOnlySpan<byte> position)
    {
        byte[] bound = [.. Encoding.UTF8.GetBytes(order), 0, .. position];
        return HMACSHA256.HashData(keys.Get(StoredKeys.Cursors), bound).AsSpan(0, TagSize);
    }
}
