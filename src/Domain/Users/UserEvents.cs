using GoApi.Domain.Kernel;

namespace GoApi.Domain.Users;

[EventName("users.user-registered.v1")]
public sealed record UserRegistered(Guid UserId) : IDomainEvent;

/// <summary>A person asked for the verification mail once more.</summary>
[EventName("users.verification-requested.v1")]
public sealed record VerificationRequested(Guid UserId) : IDomainEvent;

[EventName("users.email-verified.v1")]
public sealed record EmailVerified(Guid UserId) : IDomainEvent;

/// <summary>A code or refresh token that was used before was used again: a theft, as far as anyone can tell, and its session was ended.</summary>
[EventName("users.token-reuse-detected.v1")]
public sealed record TokenReuseDetected(Guid UserId, Guid SessionId) : IDomainEvent;

/// <summary>Somebody tried to register an address that has an account, where registration is private.</summary>
[EventName("users.registration-repeated.v1")]
public sealed record RegistrationRepeated(Guid UserId) : IDomainEvent;

[EventName("users.mfa-enabled.v1")]
public sealed record MfaEnabled(Guid UserId) : IDomainEvent;

[EventName("users.mfa-disabled.v1")]
public sealed record MfaDisabled(Guid UserId) : IDomainEvent;

/// <summary>The recovery codes were replaced by new ones.</summary>
[EventName("users.recovery-codes-renewed.v1")]
public sealed record RecoveryCodesRenewed(Guid UserId) : IDomainEvent;

/// <summary>Somebody asked to set a new password without knowing the old one.</summary>
[EventName("users.password-reset-requested.v1")]
public sealed record PasswordResetRequested(Guid UserId) : IDomainEvent;

/// <summary>A new password was set with a mailed token.</summary>
[EventName("users.password-reset.v1")]
public sealed record PasswordReset(Guid UserId) : IDomainEvent;

/// <summary>An account was erased, for good.</summary>
[EventName("users.user-anonymized.v1")]
public sealed record UserAnonymized(Guid UserId) : IDomainEvent;
