using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Users;

internal static class PermissionEndpoints
{
    public static void MapPermissions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/permissions", List).RequireAuthenticated().WithTags("Users").WithSummary("Every permission and scope, and the roles that have it");

    private static ApiResult<PermissionDto[]> List() => ((Result<PermissionDto[]>)PermissionDto.All.ToArray()).ToHttp("Permissions");
}
