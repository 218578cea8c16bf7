using GoApi.Domain.Kernel;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Http;

/// <summary>A route that takes one file, in the part <c>file</c> of a form (RFC 7578).</summary>
/// <param name="MaxSize">Of the file.</param>
internal sealed record TakesFile(long MaxSize);

/// <summary>Reads such a form with bounds on everything: its parts, their headers and the file (S6). The name of the file is not looked at.</summary>
internal static class UploadedFile
{
    public const string Part = "file";
    public const string MediaType = "multipart/form-data";

    /// <summary>What a form has around its file.</summary>
    private const int MaxFrame = 16 * 1024;

    private const int MaxBoundary = 70;
    private const int MaxParts = 10;
    private const int MaxHeaders = 8;
    private const int MaxHeaderBytes = 4 * 1024;

    private static readonly Error OnePart = Error.Invalid(Part, "Send one file, in the part named file of a multipart form.");

    // Not Accepts(): routing would refuse another type of body before anybody asks who sends it.
    public static RouteHandlerBuilder AcceptsFile(this RouteHandlerBuilder route, long maxSize) =>
        route.WithMetadata(new TakesFile(maxSize), new RequestSizeLimitAttribute(maxSize + MaxFrame));

    /// <summary>The file whole, in memory: for those that are worked on at once.</summary>
    /// <returns>415 for another type of body, 422 where it is not one file, 413 for a file over the route's limit, 400 for a form that ends too early.</returns>
    public static async Task<Result<ReadOnlyMemory<byte>>> ReadAsync(HttpContext http, CancellationToken ct)
    {
        if (Boundary(http.Request.ContentType) is not { } boundary) return StatusErrors.Of(StatusCodes.Status415UnsupportedMediaType);

        var maxSize = http.GetEndpoint()!.Metadata.GetRequiredMetadata<TakesFile>().MaxSize;
        var form = new MultipartReader(boundary, http.Request.Body) { HeadersCountLimit = MaxHeaders, HeadersLengthLimit = MaxHeaderBytes };
        try
        {
            ReadOnlyMemory<byte>? file = null;
            // To its end, so that a form that was cut off is seen; other parts are ignored, as unknown fields are.
            for (var parts = 0; await form.ReadNextSectionAsync(ct) is { } part; parts++)
            {
                if (parts == MaxParts || IsFile(part) && file is not null) return OnePart;
                if (IsFile(part) && (file = await ReadAsync(part.Body, maxSize, ct)) is null) return StatusErrors.Of(StatusCodes.Status413PayloadTooLarge);
            }

            return file is { } whole ? whole : OnePart;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return Error.BadRequest("The form cannot be read.");
        }
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream body, long maxSize, CancellationToken ct)
    {
        using var file = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, ct)) > 0)
        {
            if (file.Length + read > maxSize) return null;
            file.Write(buffer, 0, read);
        }

        return file.ToArray();
    }

    private static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 and <= MaxBoundary } boundary ? boundary : null;

    private static bool IsFile(MultipartSection part) =>
        ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)
        && disposition.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(disposition.Name) == Part;
}
