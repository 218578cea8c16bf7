using System.Buffers.Binary;

namespace NATS.NKeys;

/// <summary>The checksum of NKeys: CRC-16/XMODEM (polynomial 0x1021, start value 0), low byte first.</summary>
internal static class Crc16
{
    public const int Size = sizeof(ushort);

    public static bool IsAtEndOf(ReadOnlySpan<byte> raw) =>
        BinaryPrimitives.ReadUInt16LittleEndian(raw[^Size..]) == Of(raw[..^Size]);

    public static void WriteAtEndOf(Span<byte> raw) =>
        BinaryPrimitives.WriteUInt16LittleEndian(raw[^Size..], Of(raw[..^Size]));

    private static ushort Of(ReadOnlySpan<byte> bytes)
    {
        var crc = 0;
        foreach (var value in bytes)
        {
            crc ^= value << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021;
        }

        return (ushort)crc;
    }
}
