using GoApi.Infrastructure.Configuration;

namespace GoApi.WebApi.Pages;

/// <summary>The picture at the head of the pages: <c>APP_LOGO</c>, or our own. Read once, because the file may be gone later.</summary>
internal sealed class Logo
{
    public const string Path = "/logo";

    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly byte[] content;
    private readonly string type;

    public Logo(AppSettings app, IWebHostEnvironment environment)
    {
        var own = environment.WebRootFileProvider.GetFileInfo("pages.svg");
        using var file = app.Logo is { } path ? File.OpenRead(path) : own.CreateReadStream();
        using var buffer = new MemoryStream();
        file.CopyTo(buffer);
        (content, type) = (buffer.ToArray(), AppSettings.LogoTypes[System.IO.Path.GetExtension(app.Logo ?? own.Name).ToLowerInvariant()]);
    }

    public IResult Show(HttpContext http)
    {
        // A picture and nothing else, also where an SVG holds a script and is opened by itself.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
        http.Response.Headers.CacheControl = $"public, max-age={Life.TotalSeconds}";
        return Results.Bytes(content, type);
    }
}
