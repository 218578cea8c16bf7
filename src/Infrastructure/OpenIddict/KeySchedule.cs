namespace GoApi.Infrastructure.OpenIddict;

/// <param name="Lifetime">So long a key signs.</param>
/// <param name="PublishAhead">So long before it signs the next key is in the JWKS, for those who keep a copy of it.</param>
/// <param name="TokenLife">The longest life of what is signed: so long after its last signature a key still verifies.</param>
internal sealed record KeyPolicy(TimeSpan Lifetime, TimeSpan PublishAhead, TimeSpan TokenLife);

/// <summary>One change of the keys. Each is a transaction of its own, and the next is decided on what is then there.</summary>
internal abstract record KeyStep
{
    private KeyStep()
    {
    }

    /// <summary>Make a key that signs at once: there is none.</summary>
    public sealed record MakeActive : KeyStep;

    /// <summary>Make the key that will sign next, and publish it.</summary>
    public sealed record MakeNext : KeyStep;

    /// <summary>The next key signs from now on, and the active one only verifies.</summary>
    public sealed record Promote(Guid Next) : KeyStep;

    /// <summary>Everything that it signed has expired, or it has signed nothing.</summary>
    public sealed record Remove(Guid Key) : KeyStep;
}

/// <summary>
/// When keys change, as a function of what is there and the time, so that it does not matter which instance asks, how often, or how
/// long nobody did. After downtime or a jump of the clock a key may sign longer than it should; it is never replaced by one that was
/// not published long enough, unless there is no other.
/// </summary>
internal static class KeySchedule
{
    /// <summary>A time that lies further ahead was written by a clock that was wrong.</summary>
    private static readonly TimeSpan Believable = TimeSpan.FromDays(1);

    /// <returns>Null where everything is as it should be.</returns>
    public static KeyStep? Decide(IReadOnlyCollection<SigningKey> keys, DateTimeOffset now, KeyPolicy policy)
    {
        var active = keys.FirstOrDefault(key => key.State == SigningKeyState.Active);
        var next = keys.FirstOrDefault(key => key.State == SigningKeyState.Next);
        if (active is null) return next is null ? new KeyStep.MakeActive() : new KeyStep.Promote(next.Id);

        // How long it was published nobody knows, and it has signed nothing.
        if (next?.CreatedAt > now + Believable) return new KeyStep.Remove(next.Id);

        var since = active.ActivatedAt ?? active.CreatedAt;
        var ends = since > now + Believable ? now : since + policy.Lifetime;
        if (next is null && now >= ends - policy.PublishAhead) return new KeyStep.MakeNext();
        if (next is not null && now >= ends && now >= next.CreatedAt + policy.PublishAhead) return new KeyStep.Promote(next.Id);

        return keys.FirstOrDefault(key => key.State == SigningKeyState.Retired && now >= key.VerifiesUntil) is { } done ? new KeyStep.Remove(done.Id) : null;
    }
}
