using System.Diagnostics;
using System.Text.Json;
using FluentValidation;
using FluentValidation.Results;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Domain.Kernel;

namespace GoApi.Application.Abstractions.UseCases;

/// <summary>Everything that is true of every use case; nothing is added here without a decision record.</summary>
internal sealed class UseCaseRunner<TRequest, TResponse, THandler>(
    THandler handler, IEnumerable<IValidator<TRequest>> validators, CurrentUseCase current) : IUseCase<TRequest, TResponse>
    where TRequest : class
    where THandler : IUseCase<TRequest, TResponse>
{
    private static readonly string Action = UseCaseName.Of(typeof(TRequest));

    public async Task<Result<TResponse>> HandleAsync(TRequest request, CancellationToken ct)
    {
        using var span = Telemetry.Source.StartActivity(Action);
        current.Enter(Action);

        List<ValidationFailure> failures = [];
        foreach (var validator in validators) failures.AddRange((await validator.ValidateAsync(request, ct)).Errors);
        if (failures.Count > 0) return failures.ToError();

        try
        {
            var result = await handler.HandleAsync(request, ct);
            if (result.Failed(out var error)) span?.SetTag("error.type", error.Code);
            return result;
        }
        catch (PreconditionFailedException)
        {
            return Error.PreconditionFailed();
        }
        catch (ConcurrencyConflictException)
        {
            return Error.Conflict("Somebody else changed this at the same time; read it again and repeat.");
        }
        catch (UniqueViolationException)
        {
            return Error.Conflict("Such an entry exists already.");
        }
    }
}

/// <summary>The source of the spans of use cases, for OpenTelemetry to listen to.</summary>
public static class Telemetry
{
    public const string SourceName = "GoApi.Application";

    internal static readonly ActivitySource Source = new(SourceName);
}

public static class ValidationFailures
{
    /// <summary>All fields at fault at once, as the client wrote them, each with the first of its faults.</summary>
    public static Error ToError(this IEnumerable<ValidationFailure> failures) =>
        Error.Invalid([.. failures.DistinctBy(failure => failure.PropertyName).Select(failure => new FieldError(JsonPath(failure.PropertyName), failure.ErrorMessage))]);

    private static string JsonPath(string property) =>
        string.Join('.', property.Split('.').Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
}
