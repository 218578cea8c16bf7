using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Storage;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.Infrastructure.Configuration;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Users;

/// <summary>Pictures of people: uploaded by themselves, shown to whoever has the address.</summary>
internal static class AvatarEndpoints
{
    /// <summary>A file is read whole before it is decoded: more than this nobody needs for a picture of 512 pixels, whatever MAX_FILE_SIZE says.</summary>
    private const long MaxFile = 10 * 1024 * 1024;

    private const string WebP = "image/webp";

    // Nothing in it is run, even if it were not the picture that it is (S5).
    private const string Policy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    private static readonly Error Missing = Error.NotFound("The picture");

    public static void MapAvatars(this IEndpointRouteBuilder users)
    {
        var maxFile = Math.Min(MaxFile, users.ServiceProvider.GetRequiredService<StorageSettings>().MaxFileSize);
        users.MapPut("/me/avatar", PutAvatar).RequireScope(Scope.ProfileWrite).LimitExpensive().OnOwnAccount().AcceptsFile(maxFile)
            .WithSummary("One's own picture: PNG, JPEG, WebP or GIF; it is cut to a square and encoded anew");
        users.MapDelete("/me/avatar", DeleteAvatar).RequireScope(Scope.ProfileWrite).OnOwnAccount().WithSummary("Take one's own picture away");
        users.MapGet("/avatars/{key}", GetAvatar).AllowAnonymous().AnswersBytes(WebP).WithSummary("A picture, by the address that avatar_url gives");
    }

    private static async Task<ApiResult<ProfileDto>> PutAvatar(HttpContext http, IUseCase<SetAvatar, Done> set, IUserQueries users, ICurrentActor actor, CancellationToken ct)
    {
        if ((await UploadedFile.ReadAsync(http, ct)).Failed(out var error, out var file)) return error.ToAnswer<ProfileDto>();
        if ((await set.HandleAsync(new SetAvatar(file), ct)).Failed(out error)) return error.ToAnswer<ProfileDto>();
        return (await users.FindProfileAsync(actor.UserId!.Value, ct)).OrElse(UserErrors.NotFound).ToHttp("Picture changed");
    }

    private static async Task<ApiResult<Done>> DeleteAvatar(IUseCase<RemoveAvatar, Done> remove, CancellationToken ct) =>
        (await remove.HandleAsync(new RemoveAvatar(), ct)).ToHttp("Picture removed");

    private static async Task<IResult> GetAvatar(string key, IFileStore files, HttpContext http, CancellationToken ct)
    {
        if (AvatarKeys.FileOf(key) is not { } file || await files.OpenAsync(file, ct) is not { } picture) return Missing.ToAnswer();

        var headers = http.Response.Headers;
        // Another picture has another address.
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.ContentSecurityPolicy = Policy;
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return Results.Stream(picture, WebP, entityTag: new($"\"{key}\""));
    }
}
