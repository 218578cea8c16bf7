using GoApi.Domain.Kernel;

namespace GoApi.Domain.ApiClients;

public static class ApiClientErrors
{
    public static Error NotFound { get; } = Error.NotFound("The client");

    public static Error PublicHasNoSecret { get; } = Error.Conflict("A public client has no secret.");
}
