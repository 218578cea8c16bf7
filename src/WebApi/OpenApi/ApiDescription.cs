using GoApi.Infrastructure.Configuration;
using Scalar.AspNetCore;

namespace GoApi.WebApi.OpenApi;

/// <summary>The OpenAPI document, and a page to read and try it.</summary>
internal static class ApiDescription
{
    private const string Document = "v1";

    public static void AddApiDescription(this IServiceCollection services, Settings settings)
    {
        services.AddOpenApi(Document);
    }

    public static void MapApiDescription(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/docs").AllowAnonymous();
    }
}
