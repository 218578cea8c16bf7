using FluentValidation;
using FluentValidation.Results;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;

namespace GoApi.WebApi.Http;

/// <summary>Validates the query strings of lists, which no use case does: all faults of all of them in one answer.</summary>
internal static class ListFilters
{
    public static EndpointFilterDelegate Validate(EndpointFilterFactoryContext factory, EndpointFilterDelegate next)
    {
        var checks = factory.MethodInfo.GetParameters()
            .Where(parameter => typeof(IListFilter).IsAssignableFrom(parameter.ParameterType))
            .SelectMany(parameter => Validators(factory.ApplicationServices, parameter.ParameterType).Select(validator => (parameter.Position, Validator: validator)))
            .ToArray();
        if (checks.Length == 0) return next;

        return call =>
        {
            List<ValidationFailure> failures = [];
            foreach (var (position, validator) in checks)
                if (call.Arguments[position] is { } filter)
                    failures.AddRange(validator.Validate(new ValidationContext<object>(filter)).Errors);
            return failures.Count == 0 ? next(call) : ValueTask.FromResult<object?>(failures.ToError().ToAnswer());
        };
    }

    private static IEnumerable<IValidator> Validators(IServiceProvider services, Type filter) =>
        services.GetServices(typeof(IValidator<>).MakeGenericType(filter)).Cast<IValidator>();
}
