using System.Reflection;
using System.Text.Json;

namespace GoApi.Application.Abstractions.UseCases;

/// <summary><c>Reviews.ModerateReview</c> is the action <c>reviews.moderate</c>: a new use case has a name without anyone giving it one.</summary>
internal static class UseCaseName
{
    public static string Of(Type request)
    {
        if (request.GetCustomAttribute<AuditActionAttribute>() is { } named) return named.Action;

        var module = request.Namespace![(request.Namespace!.LastIndexOf('.') + 1)..];
        var singular = module.EndsWith('s') ? module[..^1] : module;
        var verb = request.Name.EndsWith(singular, StringComparison.Ordinal) && request.Name.Length > singular.Length
            ? request.Name[..^singular.Length]
            : request.Name;
        return $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(module)}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(verb)}";
    }
}
