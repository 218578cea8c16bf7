using System.Text.Json.Serialization;
using FluentValidation;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

/// <summary>Turns a client off, which refuses its tokens at once, or on again.</summary>
[AuditAction("clients.set_status")]
public sealed record SetClientStatus(bool? IsActive)
{
    [JsonIgnore]
    public Guid Id { get; init; }
}

internal sealed class SetClientStatusValidator : AbstractValidator<SetClientStatus>
{
    public SetClientStatusValidator() => RuleFor(request => request.IsActive).NotNull();
}

internal sealed class SetClientStatusHandler(IApiClients clients, IUnitOfWork unitOfWork) : IUseCase<SetClientStatus, ApiClientDto>
{
    public async Task<Result<ApiClientDto>> HandleAsync(SetClientStatus request, CancellationToken ct)
    {
        if (!await clients.SetActiveAsync(request.Id, request.IsActive!.Value, ct)) return ApiClientErrors.NotFound;

        await unitOfWork.SaveAsync(ct);
        return (await clients.FindAsync(request.Id, ct))!;
    }
}
