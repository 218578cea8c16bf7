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

/// <summary>Somebody logged in from a device that was not known, and was not the first.</summary>
[EventName("users.new-device-used.v1")]
public sealed record NewDeviceUsed(Guid UserId, Guid DeviceId) : IDomainEvent;

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

/// <summary>Somebody who knows the old password set a new one.</summary>
[EventName("users.password-changed.v1")]
public sealed record PasswordChanged(Guid UserId) : IDomainEvent;

/// <summary>A new address waits for its proof.</summary>
[EventName("users.email-change-requested.v1")]
public sealed record EmailChangeRequested(Guid ChangeId) : IDomainEvent;

/// <summary>The new address is proven and in use.</summary>
[EventName("users.email-changed.v1")]
public sealed record EmailChanged(Guid ChangeId) : IDomainEvent;

/// <summary>A phone number waits for the code that is sent to it.</summary>
[EventName("users.phone-change-requested.v1")]
public sealed record PhoneChangeRequested(Guid UserId, Guid Nonce) : IDomainEvent;

[EventName("users.phone-changed.v1")]
public sealed record PhoneChanged(Guid UserId) : IDomainEvent;

/// <summary>A picture is nobody's any more.</summary>
[EventName("users.avatar-discarded.v1")]
public sealed record AvatarDiscarded(string Key) : IDomainEvent;

/// <summary>An administrator made the password useless; a mail leads to a new one.</summary>
[EventName("users.password-reset-forced.v1")]
public sealed record PasswordResetForced(Guid UserId) : IDomainEvent;

[EventName("users.user-suspended.v1")]
public sealed record UserSuspended(Guid UserId) : IDomainEvent;

/// <summary>A suspension was lifted.</summary>
[EventName("users.user-reinstated.v1")]
public sealed record UserReinstated(Guid UserId) : IDomainEvent;

[EventName("users.role-changed.v1")]
public sealed record RoleChanged(Guid UserId) : IDomainEvent;

/// <summary>An account was erased, for good.</summary>
[EventName("users.user-anonymized.v1")]
public sealed record UserAnonymized(Guid UserId) : IDomainEvent;
