using System.Text.Json;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Registers an OAuth client; the answer is the only place that its secret is ever shown.</summary>
[AuditAction("clients.register")]
public sealed record RegisterClient(
    string Name, string? Description, IReadOnlyList<string>? RedirectUris, IReadOnlyList<string>? PostLogoutRedirectUris,
    IReadOnlyList<string>? Scopes, IReadOnlyList<string>? GrantTypes, bool IsPublic, bool? RequireConsent, JsonElement? Jwks = null) : IClientFields;

internal sealed class RegisterClientValidator : AbstractValidator<RegisterClient>
{
    public RegisterClientValidator()
    {
        Include(new ClientRules());
        RuleFor(request => request.GrantTypes).Custom((_, context) =>
        {
            if (context.InstanceToValidate.FaultOfGrants(context.InstanceToValidate.IsPublic) is { } fault) context.AddFailure(fault);
        });
        RuleFor(request => request.Jwks).AreKeys();
        RuleFor(request => request.Jwks).Must((request, jwks) => !request.IsPublic || !jwks.IsThere()).WithMessage("A public client proves nothing, and so it has no keys.");
    }
}

internal sealed class RegisterClientHandler(IApiClients clients, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RegisterClient, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(RegisterClient request, CancellationToken ct)
    {
        if (ClientAuthority.Check(actor, request.Scopes ?? []) is { } beyond) return beyond;

        var (id, secret) = await clients.AddAsync(request.ToRegistration(request.IsPublic, request.Jwks), actor.UserId, ct);
        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(id, ct))! with { ClientSecret = secret };
    }
}
