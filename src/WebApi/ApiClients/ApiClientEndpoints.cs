using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.ApiClients;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.ApiClients;

internal static class ApiClientEndpoints
{
    private const string Path = "/api/v1/clients";

    public static void MapApiClients(this IEndpointRouteBuilder app)
    {
        var clients = app.MapGroup(Path).RequirePermission(Permission.ClientsManage).WithTags("API clients");
        clients.MapPost("/", Register).CreatesResource().WithSummary("Register a client; its secret is shown here and never again").WithExample(Examples.Register);
        clients.MapGet("/", List).WithSummary("Registered clients");
        clients.MapGet("/{id:guid}", Get).WithSummary("One client");
        clients.MapPut("/{id:guid}", Update).WithSummary("Replace what a client is registered with").WithExample(Examples.Update);
        clients.MapDelete("/{id:guid}", Delete).WithSummary("Delete a client; its tokens are refused within a second");
        clients.MapPost("/{id:guid}/regenerate-secret", RegenerateSecret).WithSummary("A new secret; the old one stops working at once, or after grace_seconds").WithExample(Examples.Regenerate);
        clients.MapPut("/{id:guid}/status", SetStatus).WithSummary("Turn a client off or on").WithExample(Examples.Status);
    }

    private static async Task<ApiResult<ApiClientDto>> Register(RegisterClient request, IUseCase<RegisterClient, ApiClientDto> register, CancellationToken ct) =>
        (await register.HandleAsync(request, ct)).ToCreated("Client registered", client => $"{Path}/{client.Id}").HoldingSecret();

    private static async Task<ApiResult<Page<ApiClientDto>>> List(
        [AsParameters] ApiClientFilter filter, [AsParameters] PageRequest page, IApiClients clients, CancellationToken ct) =>
        (await clients.ListAsync(filter, page, ct)).ToPage("Clients");

    private static async Task<ApiResult<ApiClientDto>> Get(Guid id, IApiClients clients, CancellationToken ct) =>
        (await clients.FindAsync(id, ct)).OrElse(ApiClientErrors.NotFound).ToHttp("Client");

    private static async Task<ApiResult<ApiClientDto>> Update(Guid id, UpdateClient request, IUseCase<UpdateClient, ApiClientDto> update, CancellationToken ct) =>
        (await update.HandleAsync(request with { Id = id }, ct)).ToHttp("Client changed");

    private static async Task<ApiResult<Done>> Delete(Guid id, IUseCase<DeleteClient, Done> delete, CancellationToken ct) =>
        (await delete.HandleAsync(new DeleteClient(id), ct)).ToHttp("Client deleted");

    private static async Task<ApiResult<ApiClientDto>> RegenerateSecret(Guid id, RegenerateClientSecret? request, IUseCase<RegenerateClientSecret, ApiClientDto> regenerate, CancellationToken ct) =>
        (await regenerate.HandleAsync((request ?? new RegenerateClientSecret(null)) with { Id = id }, ct)).ToHttp("Secret regenerated").HoldingSecret();

    private static async Task<ApiResult<ApiClientDto>> SetStatus(Guid id, SetClientStatus request, IUseCase<SetClientStatus, ApiClientDto> set, CancellationToken ct) =>
        (await set.HandleAsync(request with { Id = id }, ct)).ToHttp("Status changed");

    private static class Examples
    {
        public static readonly object Register = new
        {
            name = "Shop",
            redirect_uris = new[] { "https://shop.example.com/callback" },
            post_logout_redirect_uris = Array.Empty<string>(),
            scopes = new[] { "openid", "profile", "offline_access", "reviews:write" },
            grant_types = new[] { "authorization_code", "refresh_token" },
            is_public = true,
            require_consent = true,
        };

        public static readonly object Update = new
        {
            name = "Shop",
            redirect_uris = new[] { "https://shop.example.com/callback" },
            scopes = new[] { "openid" },
            grant_types = new[] { "authorization_code" },
            require_consent = true,
        };

        public static readonly object Regenerate = new { grace_seconds = 3600 };

        public static readonly object Status = new { is_active = false };
    }
}
