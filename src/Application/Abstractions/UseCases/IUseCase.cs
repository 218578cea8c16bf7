using GoApi.Domain.Kernel;

namespace GoApi.Application.Abstractions.UseCases;

/// <summary>
/// One thing that the system does for somebody. Hosts inject this interface and get the handler inside the
/// runner, which adds the span, the validation, the name for the audit entry and the translation of lost races
/// into <see cref="ErrorKind.Conflict"/>. Handlers never call one another.
/// </summary>
public interface IUseCase<in TRequest, TResponse> where TRequest : class
{
    Task<Result<TResponse>> HandleAsync(TRequest request, CancellationToken ct);
}
