using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Gives a client a new secret; the old one stops working at once, or after <paramref name="GraceSeconds"/>, so that the client can be changed over while it runs.</summary>
[AuditAction("clients.regenerate_secret")]
public sealed record RegenerateClientSecret(int? GraceSeconds)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class RegenerateClientSecretValidator : AbstractValidator<RegenerateClientSecret>
{
    // A week: whoever needs longer does not change it over, but has two secrets.
    private const int MaxGrace = 604_800;

    public RegenerateClientSecretValidator() => RuleFor(request => request.GraceSeconds).InclusiveBetween(0, MaxGrace);
}

internal sealed class RegenerateClientSecretHandler(IApiClients clients, IUnitOfWork unitOfWork, ICurrentActor actor) : IUseCase<RegenerateClientSecret, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(RegenerateClientSecret request, CancellationToken ct)
    {
        if (await clients.FindAsync(request.Id, ct) is not { } client) return ApiClientErrors.NotFound;
        if (ClientAuthority.Check(actor, client.Scopes) is { } beyond) return beyond;
        if (client.IsPublic) return ApiClientErrors.PublicHasNoSecret;
        if (client.Jwks is not null) return ApiClientErrors.KeysHaveNoSecret;

        var secret = await clients.ReplaceSecretAsync(request.Id, TimeSpan.FromSeconds(request.GraceSeconds ?? 0), ct);
        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(request.Id, ct))! with { ClientSecret = secret };
    }
}
