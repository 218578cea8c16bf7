using System.IO.Compression;
using System.Reflection;
using System.Text;
using System.Text.Json;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace GoApi.WebApi.Users;

/// <summary>An export is written while it is read: it takes no more memory for somebody who has been here for years.</summary>
internal sealed class ExportAnswer(Result<PersonalExport> result) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (result.Failed(out var error, out var export)) return error.ToAnswer().ExecuteAsync(httpContext);

        httpContext.Response.Headers.CacheControl = "no-store";
        return export.Format == ExportFormat.Zip
            ? WriteZipAsync(httpContext, export)
            : Envelope.WriteAsync(httpContext, "Everything that is kept of you", body => WriteAsync(httpContext, export, body));
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => builder.Metadata.Add(new AnswerType(typeof(Dictionary<string, JsonElement>)));

    private static async Task WriteZipAsync(HttpContext http, PersonalExport export)
    {
        http.Response.ContentType = "application/zip";
        http.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = "personal-data.zip" }.ToString();
        var ct = http.RequestAborted;
        await using var body = new DeferredStream(http.Response.Body);
        await using var zip = await ZipArchive.CreateAsync(body, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, ct);
        await using (var data = await zip.CreateEntry("data.json").OpenAsync(ct)) await WriteAsync(http, export, data);
        await foreach (var file in export.ListFilesAsync(ct))
        {
            await using var from = await file.OpenAsync(ct);
            await using var to = await zip.CreateEntry(file.Name).OpenAsync(ct);
            await from.CopyToAsync(to, ct);
        }
    }

    private static async Task WriteAsync(HttpContext http, PersonalExport export, Stream to)
    {
        var options = http.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        var separator = "{";
        await foreach (var (name, data) in export.ReadAsync(http.RequestAborted))
        {
            await to.WriteAsync(Encoding.UTF8.GetBytes($"{separator}\"{name}\":"), http.RequestAborted);
            await JsonSerializer.SerializeAsync(to, data, data.GetType(), options, http.RequestAborted);
            separator = ",";
        }

        await to.WriteAsync(Encoding.UTF8.GetBytes(separator == "{" ? "{}" : "}"), http.RequestAborted);
    }
}
