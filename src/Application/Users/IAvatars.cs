using System.Security.Cryptography;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Whose picture is which. Tracked.</summary>
public interface IAvatars
{
    /// <summary>Gives the account a picture, or none. The one before it is discarded (<see cref="AvatarDiscarded"/>).</summary>
    /// <returns><see cref="UserErrors.NotFound"/> where there is no such account.</returns>
    Task<Result<Done>> SetAsync(Guid userId, string? key, CancellationToken ct);
}

/// <summary>Makes pictures of people from whatever they upload.</summary>
public interface IAvatarImages
{
    /// <summary>
    /// The middle of the picture as a square of at most 512 pixels, upright, encoded anew as WebP: nothing else of the file is in it.
    /// <see cref="UserErrors.NotAPicture"/> by its content, <see cref="UserErrors.HugePicture"/> before anything is decoded,
    /// <see cref="UserErrors.DamagedPicture"/> where it cannot be read to its end.
    /// </summary>
    Task<Result<byte[]>> RenderAsync(ReadOnlyMemory<byte> file, CancellationToken ct);
}

/// <summary>The keys of pictures: random, so that whoever has one was given it.</summary>
public static class AvatarKeys
{
    /// <summary>Hexadecimal digits.</summary>
    public const int Length = 32;

    public static string Make() => RandomNumberGenerator.GetHexString(Length, lowercase: true);

    /// <summary>The file that a key stands for; null where it is none of ours.</summary>
    public static string? FileOf(string key) => key.Length == Length && key.All(char.IsAsciiHexDigitLower) ? $"avatars/{key}" : null;
}
