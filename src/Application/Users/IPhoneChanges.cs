using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>Phone numbers that wait for their proof. Changes are tracked and saved by <c>IUnitOfWork</c>.</summary>
public interface IPhoneChanges
{
    /// <summary>
    /// Keeps the number (E.164) for ten minutes, in place of one that waits already, and raises <see cref="PhoneChangeRequested"/>.
    /// <see cref="UserErrors.BadPhone"/> for what is no number, or one that costs its callers extra; one message a minute and five an hour,
    /// then <see cref="UserErrors.TooManyMessages"/>. Of two requests at once one is a lost race.
    /// </summary>
    Task<Result<Done>> RequestAsync(Guid userId, string phone, CancellationToken ct);

    /// <summary>The number and its code, for the message that is being rendered; the code is stored nowhere. Null where the request was replaced, answered or is too old.</summary>
    Task<(string Phone, string Code, string? Locale)?> MakeCodeAsync(Guid userId, Guid nonce, CancellationToken ct);

    /// <summary>
    /// Takes the code of the number that waits, once, and raises <see cref="PhoneChanged"/>. Five wrong ones end it: every guess is counted
    /// in the database before it is looked at, so the caller commits whatever the answer is.
    /// </summary>
    Task<Result<Done>> ConfirmAsync(Guid userId, Secret code, CancellationToken ct);
}
