using GoApi.Domain.Kernel;

namespace GoApi.Domain.ApiClients;

public static class ApiClientErrors
{
    public static Error NotFound { get; } = Error.NotFound("The client");

    public static Error PublicHasNoSecret { get; } = Error.Conflict("A public client has no secret.");

    public static Error KeysHaveNoSecret { get; } = Error.Conflict("This client proves itself with its keys (private_key_jwt) and has no secret.");

    public static Error BeyondTheActor(IEnumerable<string> scopes) =>
        Error.Forbidden($"You may only grant, and manage clients that have, what you may do yourself: {string.Join(", ", scopes)} is more.", "scopes");
}
