using System.Text.Json;
using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Replaces what a client is registered with; whether it is public stays as it was.</summary>
[AuditAction("clients.update")]
public sealed record UpdateClient(
    string Name, string? Description, IReadOnlyList<string>? RedirectUris, IReadOnlyList<string>? PostLogoutRedirectUris,
    IReadOnlyList<string>? Scopes, IReadOnlyList<string>? GrantTypes, bool? RequireConsent, JsonElement? Jwks = null) : IClientFields
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class UpdateClientValidator : AbstractValidator<UpdateClient>
{
    public UpdateClientValidator()
    {
        Include(new ClientRules());
        RuleFor(request => request.Jwks).AreKeys();
    }
}

internal sealed class UpdateClientHandler(IApiClients clients, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<UpdateClient, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(UpdateClient request, CancellationToken ct)
    {
        if (await clients.FindAsync(request.Id, ct) is not { } client) return ApiClientErrors.NotFound;
        if (ClientAuthority.Check(actor, client.Scopes.Concat(request.Scopes ?? [])) is { } beyond) return beyond;
        if (request.FaultOfGrants(client.IsPublic) is { } fault) return Error.Invalid("grant_types", fault);
        if (request.Jwks.IsThere() != client.Jwks is not null)
            return Error.Invalid("jwks", client.Jwks is null ? "This client was registered without keys: register another one." : "This client proves itself with its keys: send those that it has from now on.");

        await clients.ReplaceAsync(request.Id, request.ToRegistration(client.IsPublic, request.Jwks), ct);
        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(request.Id, ct))!;
    }
}
