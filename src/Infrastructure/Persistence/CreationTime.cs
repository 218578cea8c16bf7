using System.Buffers.Binary;

namespace GoApi.Infrastructure.Persistence;

/// <summary>Ids are UUIDs of version 7: the first 48 bits are the milliseconds since 1970 (RFC 9562, section 5.7), so a time is a range of ids.</summary>
internal static class CreationTime
{
    /// <summary>The smallest id that is made in the millisecond of this moment.</summary>
    public static Guid Smallest(DateTimeOffset moment) => Smallest(Math.Max(0, moment.ToUnixTimeMilliseconds()));

    /// <summary>The smallest id that is made after the millisecond of this moment.</summary>
    public static Guid SmallestAfter(DateTimeOffset moment) => Smallest(Math.Max(0, moment.ToUnixTimeMilliseconds() + 1));

    /// <summary>Entries of its millisecond can be on both sides of it.</summary>
    public static bool IsWithinMillisecond(DateTimeOffset moment) => moment.UtcTicks % TimeSpan.TicksPerMillisecond != 0;

    private static Guid Smallest(long milliseconds)
    {
        Span<byte> id = stackalloc byte[16];
        id.Clear();
        BinaryPrimitives.WriteInt64BigEndian(id, milliseconds << 16 | 0x7000);
        id[8] = 0x80;
        return new Guid(id, bigEndian: true);
    }
}
