namespace GoApi.Application.Abstractions.Identity;

/// <summary>The signing keys for whoever runs the installation: the commands of the host.</summary>
public interface ISigningKeyAdministration
{
    /// <summary>The active one first, then the next, then the retired ones.</summary>
    Task<IReadOnlyList<SigningKeyInfo>> ListAsync(CancellationToken ct);

    /// <summary>The next key signs from now on, and is made where there is none. What the old one signed stays valid.</summary>
    /// <returns>The <c>kid</c> that signs now.</returns>
    Task<string> RotateAsync(CancellationToken ct);

    /// <summary>What the key signed is refused: within a second at every route, and within two by everything else. An active one is replaced first.</summary>
    /// <returns>False where there is no such key.</returns>
    Task<bool> RevokeAsync(string keyId, CancellationToken ct);
}

/// <param name="State"><c>active</c>, <c>next</c> or <c>retired</c>.</param>
/// <param name="VerifiesUntil">Of a retired key.</param>
public sealed record SigningKeyInfo(string KeyId, string Algorithm, string State, DateTimeOffset CreatedAt, DateTimeOffset? ActivatedAt, DateTimeOffset? VerifiesUntil);
