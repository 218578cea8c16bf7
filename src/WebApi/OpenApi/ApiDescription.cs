using System.Security.Cryptography;
using GoApi.Infrastructure.Configuration;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Scope = GoApi.Domain.Users.Scope;

namespace GoApi.WebApi.OpenApi;

/// <summary>The OpenAPI document, and a page to read and try it.</summary>
internal static class ApiDescription
{
    private const string Document = "v1";
    private const string DocumentPath = $"/openapi/{Document}.json";

    public static void AddApiDescription(this IServiceCollection services, Settings settings) => services.AddOpenApi(Document, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) => DocumentHead.WriteAsync(document, settings));
        options.AddOperationTransformer(Operations.DescribeAsync);
        options.AddSchemaTransformer(Schemas.DescribeAsync);
        options.CreateSchemaReferenceId = Schemas.NameOf;
    });

    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        var served = new ServedDocument(app.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Document));
        app.MapGet(DocumentPath, served.WriteAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapScalarApiReference("/docs", Page).AllowAnonymous();
    }

    // Everything comes from here: no fonts, telemetry or helpers of somebody else's.
    private static void Page(ScalarOptions options, HttpContext context)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        options.Title = context.RequestServices.GetRequiredService<AppSettings>().Name;
        options.Nonce = nonce;
        options.OpenApiRoutePattern = DocumentPath;
        options.DefaultFonts = false;
        options.Telemetry = false;
        options.HideClientButton = true;
        options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        options.DisableAgent();
        options.DisableMcp();
        options.AddPreferredSecuritySchemes(DocumentHead.OAuth);
        options.AddAuthorizationCodeFlow(DocumentHead.OAuth, flow =>
        {
            // The client that the installation makes for this page at its start.
            flow.ClientId = "goapi-docs";
            flow.Pkce = Pkce.Sha256;
            flow.RedirectUri = new Uri(context.RequestServices.GetRequiredService<AppSettings>().PublicUrl, "/docs/").AbsoluteUri;
            flow.SelectedScopes = [.. Scope.OpenId.Concat(Scope.Own).Select(scope => scope.Name)];
        });
    }

    /// <summary>The routes do not change while the process runs: the document is made once.</summary>
    private sealed class ServedDocument(IOpenApiDocumentProvider provider)
    {
        private byte[]? made;

        public async Task WriteAsync(HttpContext context)
        {
            made ??= await MakeAsync(context.RequestAborted);
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = made.Length;
            await context.Response.Body.WriteAsync(made, context.RequestAborted);
        }

        private async Task<byte[]> MakeAsync(CancellationToken ct)
        {
            using var buffer = new MemoryStream();
            await (await provider.GetOpenApiDocumentAsync(ct)).SerializeAsJsonAsync(buffer, OpenApiSpecVersion.OpenApi3_1, ct);
            return buffer.ToArray();
        }
    }
}
