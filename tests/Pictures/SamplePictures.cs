using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace GoApi.Tests.Pictures;

/// <summary>Pictures as cameras make them, and as nobody should send them.</summary>
internal static class SamplePictures
{
    /// <summary>Planted in metadata; nothing of it may come out again.</summary>
    public const string Canary = "CANARY-51.5007N-0.1246W";

    /// <summary>Of two frames, red and blue.</summary>
    public static readonly byte[] AnimatedGif = Convert.FromBase64String(
        "R0lGODlhCAAIAPAAAP8AAAAAACH5BAAAAAAAIf8LTkVUU0NBUEUyLjADAQAAACwAAAAACAAIAAACB4SPqcvtXQAAIfkEAAAAAAAsAAAAAAgACACAAAD/AAAAAgeEj6nL7V0AADs=");

    public static readonly byte[] AnimatedWebP = Convert.FromBase64String(
        "UklGRsAAAABXRUJQVlA4WAoAAAACAAAABwAABwAAQU5JTQYAAAD/////AABBTk1GSAAAAAAAAAAAAAcAAAcAAGQAAAJWUDggMAAAANABAJ0BKggACAACADQloAJ0ugH4AAOwAP7wxAv/ILlhdcjX/yA/5Af8gP/48gAAAEFOTUZEAAAAAAAAAAAABwAABwAAZAAAAFZQOCAsAAAAlAEAnQEqCAAIAAAANCWgAnS6AAOYAP75k2//kB//kB//kB//ID/iF3sgMABSSUZGPAAAAFdFQlBWUDggMAAAANABAJ0BKggACAACADQloAJ0ugH4AAOwAP7wxAv/ILlhdcjX/yA/5Af8gP/48gAAAA==");

    /// <summary>Four colours of ink, 16 by 8.</summary>
    public static readonly byte[] CmykJpeg = Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBKUVJP/9sAQwEODg4TERMmFRUmTzUtNU9PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P/8AAFAgACAAQBAEiAAIRAQMRAQQiAP/EABUAAQEAAAAAAAAAAAAAAAAAAAAG/8QAGhABAAEFAAAAAAAAAAAAAAAAAAQRFCVh8P/EABUBAQEAAAAAAAAAAAAAAAAAAAUG/8QAGhEAAgIDAAAAAAAAAAAAAAAAAAEEFVFSkf/aAA4EAQACEQMRBAAAPwCjsZeixl6BGXM3dh1HEw+lbnuqZ7qg/9k=");

    /// <summary>Red on the left, blue on the right.</summary>
    public static byte[] Encode(SKEncodedImageFormat format, int width = 64, int height = 48)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        using var red = new SKPaint { Color = SKColors.Red };
        surface.Canvas.Clear(SKColors.Blue);
        surface.Canvas.DrawRect(SKRect.Create(width / 2f, height), red);
        using var image = surface.Snapshot();
        using var data = image.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>A JPEG with EXIF (this orientation and a place), a colour profile and a comment.</summary>
    public static byte[] Photo(int orientation = 1, int width = 64, int height = 48)
    {
        var plain = Encode(SKEncodedImageFormat.Jpeg, width, height);
        return [.. plain[..2], .. Segment(0xE1, Exif(orientation)), .. Segment(0xE2, [.. "ICC_PROFILE\0\x01\x01"u8, .. Text()]), .. Segment(0xFE, Text()), .. plain[2..]];
    }

    /// <summary>A PNG with a comment, EXIF and XMP.</summary>
    public static byte[] PngWithMetadata()
    {
        var plain = Encode(SKEncodedImageFormat.Png);
        var afterHeader = 8 + 12 + 13;
        return
        [
            .. plain[..afterHeader],
            .. Chunk("tEXt", [.. "Comment\0"u8, .. Text()]),
            .. Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. Text()]),
            .. Chunk("eXIf", Exif(1)[6..]),
            .. plain[afterHeader..],
        ];
    }

    /// <summary>A PNG whose header promises this much, and which has as good as nothing of it.</summary>
    public static byte[] Bomb(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 6);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(new byte[1024 * 1024]);
        return [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Text() => Encoding.ASCII.GetBytes(Canary);

    // TIFF, big endian: the orientation, and an image description.
    private static byte[] Exif(int orientation)
    {
        var text = Encoding.ASCII.GetBytes(Canary + "\0");
        var tiff = new byte[8 + 2 + 2 * 12 + 4 + text.Length];
        "MM\0*\0\0\0\x08\0\x02"u8.CopyTo(tiff);
        Entry(tiff.AsSpan(10), 0x010E, 2, text.Length, 8 + 2 + 2 * 12 + 4);
        Entry(tiff.AsSpan(22), 0x0112, 3, 1, orientation << 16);
        text.CopyTo(tiff, tiff.Length - text.Length);
        return [.. "Exif\0\0"u8, .. tiff];

        static void Entry(Span<byte> at, ushort tag, ushort type, int count, int value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(at, tag);
            BinaryPrimitives.WriteUInt16BigEndian(at[2..], type);
            BinaryPrimitives.WriteInt32BigEndian(at[4..], count);
            BinaryPrimitives.WriteInt32BigEndian(at[8..], value);
        }
    }

    private static byte[] Segment(byte marker, byte[] content) => [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(type), .. content];
        var (length, sum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc(named));
        return [.. length, .. named, .. sum];
    }

    // The PNG specification's, annex D.
    private static uint Crc(byte[] octets)
    {
        var crc = uint.MaxValue;
        foreach (var octet in octets)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
