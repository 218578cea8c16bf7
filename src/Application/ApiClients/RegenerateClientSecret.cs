using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Gives a client a new secret; the old one stops working at once.</summary>
[AuditAction("clients.regenerate_secret")]
public sealed record RegenerateClientSecret(Guid Id);

internal sealed class RegenerateClientSecretHandler(IApiClients clients, IUnitOfWork unitOfWork) : IUseCase<RegenerateClientSecret, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(RegenerateClientSecret request, CancellationToken ct)
    {
        if (await clients.FindAsync(request.Id, ct) is null) return ApiClientErrors.NotFound;
        if (await clients.ReplaceSecretAsync(request.Id, ct) is not { } secret) return ApiClientErrors.PublicHasNoSecret;

        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(request.Id, ct))! with { ClientSecret = secret };
    }
}
