namespace GoApi.Application.Users;

/// <summary>How accounts come about here; from the configuration.</summary>
public interface IRegistrationPolicy
{
    /// <summary><c>REGISTRATION_PRIVATE</c>: the answer to a registration does not tell whether the address was known.</summary>
    bool IsPrivate { get; }

    /// <summary><c>REQUIRE_VERIFIED_EMAIL</c>: no log-in before the address is verified.</summary>
    bool RequiresVerifiedEmail { get; }
}
