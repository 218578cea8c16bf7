using System.Text;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Skia;
using GoApi.Tests.Pictures;
using SkiaSharp;

namespace GoApi.IntegrationTests.Pictures;

[Trait("Promise", "S5")]
public sealed class AvatarRendering : IDisposable
{
    private readonly SkiaAvatarImages images = new();

    public void Dispose() => images.Dispose();

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public async Task Picture_becomes_the_middle_square_of_it(SKEncodedImageFormat format)
    {
        using var picture = await PictureAsync(SamplePictures.Encode(format, 1_600, 900));

        Assert.Equal((512, 512), (picture.Width, picture.Height));
        IsLike(SKColors.Red, picture.GetPixel(10, 256));
        IsLike(SKColors.Blue, picture.GetPixel(500, 256));
    }

    [Theory]
    [InlineData(100, 40, 40)]
    [InlineData(1, 1, 1)]
    [InlineData(12_000, 1, 1)]
    [InlineData(3, 4_000, 3)]
    [InlineData(511, 513, 511)]
    public async Task Small_picture_is_not_made_larger(int width, int height, int side)
    {
        using var picture = await PictureAsync(SamplePictures.Encode(SKEncodedImageFormat.Png, width, height));

        Assert.Equal((side, side), (picture.Width, picture.Height));
    }

    /// <summary>Where red, which is on the left of the file, is to be seen.</summary>
    [Theory]
    [InlineData(1, "left")]
    [InlineData(2, "right")]
    [InlineData(3, "right")]
    [InlineData(4, "left")]
    [InlineData(5, "top")]
    [InlineData(6, "top")]
    [InlineData(7, "bottom")]
    [InlineData(8, "bottom")]
    public async Task Picture_is_turned_upright(int orientation, string red)
    {
        using var picture = await PictureAsync(SamplePictures.Photo(orientation));

        var (low, middle, high) = (4, picture.Width / 2, picture.Width - 5);
        (int X, int Y) Side(string side) => side switch { "left" => (low, middle), "right" => (high, middle), "top" => (middle, low), _ => (middle, high) };
        var opposite = red switch { "left" => "right", "right" => "left", "top" => "bottom", _ => "top" };
        IsLike(SKColors.Red, picture.GetPixel(Side(red).X, Side(red).Y));
        IsLike(SKColors.Blue, picture.GetPixel(Side(opposite).X, Side(opposite).Y));
    }

    [Fact]
    public async Task Nothing_that_was_in_the_file_beside_the_picture_is_in_what_comes_of_it()
    {
        foreach (var file in new[] { SamplePictures.Photo(), SamplePictures.PngWithMetadata(), [.. SamplePictures.Encode(SKEncodedImageFormat.Png), .. "<script>"u8, .. Encoding.ASCII.GetBytes(SamplePictures.Canary)] })
        {
            Assert.Contains(SamplePictures.Canary, Encoding.Latin1.GetString(file), StringComparison.Ordinal);

            var text = Encoding.Latin1.GetString(Value(await images.RenderAsync(file, default)));

            Assert.Equal(("RIFF", "WEBPVP8 "), (text[..4], text[8..16]));
            foreach (var trace in new[] { SamplePictures.Canary, "EXIF", "ICCP", "XMP", "<script>" }) Assert.DoesNotContain(trace, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Of_moving_pictures_the_first_frame_is_taken()
    {
        foreach (var file in new[] { SamplePictures.AnimatedGif, SamplePictures.AnimatedWebP })
        {
            using var picture = await PictureAsync(file);
            IsLike(SKColors.Red, picture.GetPixel(4, 4), tolerance: 60);
        }
    }

    [Fact]
    public async Task Ink_becomes_light()
    {
        using var picture = await PictureAsync(SamplePictures.CmykJpeg);
        Assert.Equal((8, 8), (picture.Width, picture.Height));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>")]
    [InlineData("%PDF-1.7")]
    [InlineData("BM000000000000000000")]
    [InlineData("GIF8")]
    public async Task What_is_no_picture_is_told_by_its_content(string file) => Assert.Equal(UserErrors.NotAPicture, Failure(await images.RenderAsync(Encoding.Latin1.GetBytes(file), default)));

    [Theory]
    [InlineData(30_000, 30_000)]
    [InlineData(12_001, 1)]
    [InlineData(1, 12_001)]
    [InlineData(8_000, 5_001)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public async Task Bomb_is_refused_before_it_is_decoded(int width, int height)
    {
        var bomb = SamplePictures.Bomb(width, height);
        Assert.InRange(bomb.Length, 0, 4_096);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var error = Failure(await images.RenderAsync(bomb, default));

        Assert.Contains(error, new[] { UserErrors.HugePicture, UserErrors.DamagedPicture });
        if (width < 1_000_000) Assert.Equal(UserErrors.HugePicture, error);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1024 * 1024);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 10)]
    [InlineData(100, 100)]
    public async Task Picture_without_pixels_or_without_all_of_them_is_damaged(int width, int height)
    {
        var file = SamplePictures.Bomb(width, height);
        // Room for a quarter of what the header says.
        if (width == 100) file = [.. SamplePictures.Encode(SKEncodedImageFormat.Png, 100, 100)[..120]];

        Assert.Equal(UserErrors.DamagedPicture, Failure(await images.RenderAsync(file, default)));
    }

    [Fact]
    public async Task Cut_off_and_damaged_files_are_refused_or_read_and_never_a_fault()
    {
        var random = new Random(7);
        byte[][] files = [SamplePictures.Photo(), SamplePictures.PngWithMetadata(), SamplePictures.AnimatedGif, SamplePictures.AnimatedWebP, SamplePictures.CmykJpeg, SamplePictures.Encode(SKEncodedImageFormat.Webp)];
        foreach (var file in files)
        {
            for (var length = 1; length < file.Length; length += Math.Max(1, file.Length / 40)) await AnsweredAsync(file[..length]);
            for (var round = 0; round < 100; round++)
            {
                var damaged = (byte[])file.Clone();
                for (var fault = 0; fault < 4; fault++) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                await AnsweredAsync(damaged);
            }
        }
    }

    private async Task AnsweredAsync(byte[] file)
    {
        var result = await images.RenderAsync(file, default);
        if (result.Failed(out var error)) Assert.Contains(error, new[] { UserErrors.NotAPicture, UserErrors.DamagedPicture, UserErrors.HugePicture });
    }

    private async Task<SKBitmap> PictureAsync(byte[] file) => SKBitmap.Decode(Value(await images.RenderAsync(file, default)));

    private static void IsLike(SKColor expected, SKColor actual, int tolerance = 40) =>
        Assert.True(Math.Abs(expected.Red - actual.Red) + Math.Abs(expected.Green - actual.Green) + Math.Abs(expected.Blue - actual.Blue) <= tolerance, $"{actual} instead of {expected}");

    private static T Value<T>(Result<T> result) => result.Failed(out var error, out var value) ? throw new InvalidOperationException(error.Message) : value;

    private static Error Failure<T>(Result<T> result) => result.Failed(out var error) ? error : throw new InvalidOperationException("It succeeded.");
}
