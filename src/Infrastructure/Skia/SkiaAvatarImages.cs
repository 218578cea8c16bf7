using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using Microsoft.Extensions.DependencyInjection;
using SkiaSharp;

namespace GoApi.Infrastructure.Skia;

internal sealed class SkiaAvatarImages : IAvatarImages, IDisposable
{
    private const int Side = 512;
    private const int MaxSide = 12_000;
    private const long MaxPixels = 40_000_000;
    private const int Quality = 85;

    // A picture of 40 megapixels takes 160 MB while it is decoded: so many at a time, whoever uploads.
    private readonly SemaphoreSlim decoding = new(2, 2);

    public async Task<Result<byte[]>> RenderAsync(ReadOnlyMemory<byte> file, CancellationToken ct)
    {
        if (TypeOf(file.Span) is not { } type) return UserErrors.NotAPicture;

        await decoding.WaitAsync(ct);
        try
        {
            return Render(file, type);
        }
        finally
        {
            decoding.Release();
        }
    }

    public void Dispose() => decoding.Dispose();

    // Fewer formats than Skia knows, so that less of its code meets what strangers send.
    private static SKEncodedImageFormat? TypeOf(ReadOnlySpan<byte> file) => file switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => SKEncodedImageFormat.Png,
        [0xFF, 0xD8, 0xFF, ..] => SKEncodedImageFormat.Jpeg,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => SKEncodedImageFormat.Gif,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => SKEncodedImageFormat.Webp,
        _ => null,
    };

    private static Result<byte[]> Render(ReadOnlyMemory<byte> file, SKEncodedImageFormat type)
    {
        using var data = SKData.CreateCopy(file.Span);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.EncodedFormat != type || codec.Info.Width <= 0 || codec.Info.Height <= 0) return UserErrors.DamagedPicture;
        if (codec.Info.Width > MaxSide || codec.Info.Height > MaxSide || (long)codec.Info.Width * codec.Info.Height > MaxPixels) return UserErrors.HugePicture;

        using var decoded = Decode(codec);
        if (decoded is null) return UserErrors.DamagedPicture;

        using var square = Square(decoded, codec.EncodedOrigin);
        using var encoded = square.Encode(SKEncodedImageFormat.Webp, Quality) ?? throw new InvalidOperationException("Skia could not encode the picture.");
        return encoded.ToArray();
    }

    // The codec may already make it smaller, which costs less; it is the first frame where there are several.
    private static SKBitmap? Decode(SKCodec codec)
    {
        var shortest = Math.Min(codec.Info.Width, codec.Info.Height);
        var size = codec.GetScaledDimensions(Math.Min(1f, (float)Side / shortest));
        if (Math.Min(size.Width, size.Height) < Math.Min(Side, shortest)) size = codec.Info.Size;

        using var colors = SKColorSpace.CreateSrgb();
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, SKAlphaType.Premul, colors);
        var bitmap = new SKBitmap();
        if (bitmap.TryAllocPixels(info) && codec.GetPixels(info, bitmap.GetPixels()) == SKCodecResult.Success) return bitmap;

        bitmap.Dispose();
        return null;
    }

    private static SKImage Square(SKBitmap decoded, SKEncodedOrigin origin)
    {
        var shortest = Math.Min(decoded.Width, decoded.Height);
        var side = Math.Min(Side, shortest);
        // Without a colour space, so that none is written: what is drawn is sRGB, which is what is taken for granted.
        using var surface = SKSurface.Create(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Premul, null)) ?? throw new InvalidOperationException("There is no memory for the picture.");
        using var image = SKImage.FromBitmap(decoded);
        surface.Canvas.SetMatrix(Upright(origin, side));
        surface.Canvas.DrawImage(
            image,
            SKRect.Create((decoded.Width - shortest) / 2f, (decoded.Height - shortest) / 2f, shortest, shortest),
            SKRect.Create(side, side),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return surface.Snapshot();
    }

    // Exif 2.32, section 4.6.4: how rows and columns lie. The middle square stays the middle square, whichever way it is turned.
    private static SKMatrix Upright(SKEncodedOrigin origin, int side) => origin switch
    {
        SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, side, 0, 1, 0, 0, 0, 1),
        SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, side, 0, -1, side, 0, 0, 1),
        SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, side, 0, 0, 1),
        SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightTop => new SKMatrix(0, -1, side, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, side, -1, 0, side, 0, 0, 1),
        SKEncodedOrigin.LeftBottom => new SKMatrix(0, 1, 0, -1, 0, side, 0, 0, 1),
        _ => SKMatrix.Identity,
    };
}

internal static class SkiaRegistration
{
    public static IServiceCollection AddPictures(this IServiceCollection services) => services.AddSingleton<IAvatarImages, SkiaAvatarImages>();
}
