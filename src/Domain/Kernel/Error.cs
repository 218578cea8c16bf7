namespace GoApi.Domain.Kernel;

/// <summary>What went wrong, as a class of causes. A host maps each kind to exactly one status.</summary>
public enum ErrorKind
{
    /// <summary>The request could not be read at all (RFC 9110, 400).</summary>
    BadRequest,

    /// <summary>Nobody is known to be calling, or what they showed is not believed (401).</summary>
    Unauthorized,

    /// <summary>The caller is known and may not do this (403).</summary>
    Forbidden,

    /// <summary>It does not exist, or the caller may not know that it does (404).</summary>
    NotFound,

    /// <summary>A duplicate, or a state that forbids the change (409).</summary>
    Conflict,

    /// <summary>The caller acted on an older version than the stored one (412).</summary>
    PreconditionFailed,

    /// <summary>A body, file or quota over its limit (413).</summary>
    TooLarge,

    /// <summary>A type of content that is not accepted here (415).</summary>
    UnsupportedMediaType,

    /// <summary>Well-formed but invalid; every field at fault is named (422).</summary>
    Validation,

    /// <summary>Too many attempts (429).</summary>
    RateLimited,

    /// <summary>A backing service that is needed does not answer (503).</summary>
    Unavailable,
}

/// <summary>One field at fault.</summary>
/// <param name="Field">The JSON path in snake_case (<c>lines[0].quantity</c>).</param>
/// <param name="Message">A sentence for people that says what would be right.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>An expected failure. Bugs and outages are exceptions instead.</summary>
/// <param name="Kind">The class of causes.</param>
/// <param name="Code">Stable, part of the HTTP contract: clients branch on it.</param>
/// <param name="Message">A sentence for people; never holds a secret or somebody else's data.</param>
/// <param name="Fields">The fields at fault, all of them at once; empty where no field is.</param>
public sealed record Error(ErrorKind Kind, string Code, string Message, IReadOnlyList<FieldError> Fields)
{
    /// <summary>When it is worth trying again; null where nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Error BadRequest(string message, string? field = null) => Make(ErrorKind.BadRequest, "BAD_REQUEST", message, field);

    public static Error Unauthorized(string message = "Authentication is required.") => Make(ErrorKind.Unauthorized, "UNAUTHORIZED", message);

    public static Error Forbidden(string message = "You may not do this.", string? field = null) => Make(ErrorKind.Forbidden, "FORBIDDEN", message, field);

    public static Error NotFound(string what) => Make(ErrorKind.NotFound, "NOT_FOUND", $"{what} was not found.");

    public static Error Conflict(string message, string? field = null) => Make(ErrorKind.Conflict, "CONFLICT", message, field);

    public static Error PreconditionFailed() => Make(ErrorKind.PreconditionFailed, "PRECONDITION_FAILED", "The resource has changed since the version named in If-Match.");

    public static Error RateLimited(string message) => Make(ErrorKind.RateLimited, "RATE_LIMIT_EXCEEDED", message);

    public static Error Invalid(string field, string message) => Make(ErrorKind.Validation, "VALIDATION_FAILED", message, field);

    public static Error Invalid(IReadOnlyList<FieldError> fields) => new(ErrorKind.Validation, "VALIDATION_FAILED", "The request is invalid.", fields);

    public static Error RateLimited(string message, TimeSpan retryAfter) => Make(ErrorKind.RateLimited, "RATE_LIMIT_EXCEEDED", message) with { RetryAfter = retryAfter };

    private static Error Make(ErrorKind kind, string code, string message, string? field = null) =>
        new(kind, code, message, field is null ? [] : [new FieldError(field, message)]);
}
