using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Replaces what a client is registered with; whether it is public stays as it was.</summary>
[AuditAction("clients.update")]
public sealed record UpdateClient(
    string Name, string? Description, IReadOnlyList<string>? RedirectUris, IReadOnlyList<string>? PostLogoutRedirectUris,
    IReadOnlyList<string>? Scopes, IReadOnlyList<string>? GrantTypes, bool? RequireConsent) : IClientFields
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class UpdateClientValidator : AbstractValidator<UpdateClient>
{
    public UpdateClientValidator() => Include(new ClientRules());
}

internal sealed class UpdateClientHandler(IApiClients clients, IUnitOfWork unitOfWork) : IUseCase<UpdateClient, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(UpdateClient request, CancellationToken ct)
    {
        if (await clients.FindAsync(request.Id, ct) is not { } client) return ApiClientErrors.NotFound;
        if (client.IsPublic && request.GrantTypes!.Contains(GrantType.ClientCredentials))
            return Error.Invalid("grant_types", "A public client has no secret, and so no client credentials grant.");

        await clients.ReplaceAsync(request.Id, request.ToRegistration(client.IsPublic), ct);
        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(request.Id, ct))!;
    }
}
