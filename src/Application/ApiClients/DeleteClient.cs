using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.ApiClients;
using GoApi.Domain.Kernel;

namespace GoApi.Application.ApiClients;

[AuditAction("clients.delete")]
public sealed record DeleteClient(Guid Id);

internal sealed class DeleteClientHandler(IApiClients clients, IUnitOfWork unitOfWork) : IUseCase<DeleteClient, Done>
{
    public async Task<Result<Done>> HandleAsync(DeleteClient request, CancellationToken ct)
    {
        // Its tokens go at once, and not before it.
        await using var transaction = await unitOfWork.BeginAsync(ct);
        if (!await clients.RemoveAsync(request.Id, ct)) return ApiClientErrors.NotFound;

        await unitOfWork.SaveAsync(ct);
        await transaction.CommitAsync(ct);
        return Done.Value;
    }
}
