using System.Diagnostics.CodeAnalysis;

namespace GoApi.Domain.Kernel;

/// <summary>
/// A value, or the <see cref="Error"/> that stands in its place.
/// Read it with <c>if (x.Failed(out var error, out var value)) return error;</c>.
/// </summary>
public readonly struct Result<T>
{
    private readonly T? value;
    private readonly Error? error;

    private Result(T? value, Error? error) => (this.value, this.error) = (value, error);

    public bool Failed([NotNullWhen(true)] out Error? error)
    {
        error = this.error;
        return error is not null;
    }

    public bool Failed([NotNullWhen(true)] out Error? error, [MaybeNullWhen(true)] out T value)
    {
        error = this.error;
        value = this.value;
        return error is not null;
    }

    [SuppressMessage("Usage", "CA2225", Justification = "A handler returns the value or the error itself; named alternates would only be noise.")]
    public static implicit operator Result<T>(T value) => new(value, null);

    [SuppressMessage("Usage", "CA2225", Justification = "As above.")]
    public static implicit operator Result<T>(Error error) => new(default, error);
}

/// <summary>The answer of what succeeds without a value.</summary>
public readonly record struct Done
{
    public static Done Value => default;
}
