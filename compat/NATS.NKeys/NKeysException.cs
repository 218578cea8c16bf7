namespace NATS.NKeys;

/// <summary>A text is not the NKey that was asked for.</summary>
public sealed class NKeysException : Exception
{
    /// <inheritdoc />
    public NKeysException()
    {
    }

    /// <inheritdoc />
    public NKeysException(string message)
        : base(message)
    {
    }

    /// <inheritdoc />
    public NKeysException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
