using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Users;

/// <summary>An administrator erases an account, for good.</summary>
public sealed record AnonymizeUser(Guid Id);

internal sealed class AnonymizeUserHandler(AccountErasure erasure) : IUseCase<AnonymizeUser, Done>
{
    public Task<Result<Done>> HandleAsync(AnonymizeUser request, CancellationToken ct) => erasure.EraseAsync(request.Id, ct);
}
