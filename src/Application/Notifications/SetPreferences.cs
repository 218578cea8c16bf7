using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Domain.Kernel;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

/// <summary>Says which messages one wants over which channels; what is not named stays as it is.</summary>
public sealed record SetPreferences(IReadOnlyList<PreferenceChange>? Preferences)
{
    public const int MaxPreferences = 100;
}

public sealed record PreferenceChange(string Category, string Channel, bool? Enabled);

internal sealed class SetPreferencesValidator : AbstractValidator<SetPreferences>
{
    public SetPreferencesValidator()
    {
        RuleFor(request => request.Preferences).NotNull().Must(preferences => preferences is null or { Count: <= SetPreferences.MaxPreferences })
            .WithMessage($"At most {SetPreferences.MaxPreferences} at a time.");
        RuleForEach(request => request.Preferences).NotNull().ChildRules(preference =>
        {
            preference.RuleFor(change => change.Category).NotEmpty().IsCategory();
            preference.RuleFor(change => change.Channel).NotEmpty().OneOf<PreferenceChange, Channel>();
            preference.RuleFor(change => change.Enabled).NotNull()
                .Must((change, enabled) => change.Category != Category.Security || enabled is not false).WithMessage("Messages of the category security are always sent.");
        });
    }
}

internal sealed class SetPreferencesHandler(INotificationRepository notifications, INotificationQueries queries, IUnitOfWork unitOfWork, ICurrentActor actor)
    : IUseCase<SetPreferences, PreferencesDto>
{
    public async Task<Result<PreferencesDto>> HandleAsync(SetPreferences request, CancellationToken ct)
    {
        if (actor.UserId is not { } userId) return NotificationErrors.OnlyUsers;

        var known = (await notifications.FindPreferencesAsync(userId, ct)).ToDictionary(preference => (preference.Category, preference.Channel));
        foreach (var change in request.Preferences!)
        {
            var (key, enabled) = ((change.Category, EnumText.Parse<Channel>(change.Channel)!.Value), change.Enabled!.Value);
            if (known.TryGetValue(key, out var preference)) preference.Set(enabled);
            else notifications.Add(known[key] = new NotificationPreference(userId, key.Category, key.Value, enabled));
        }

        await unitOfWork.SaveAsync(ct);
        return await queries.ListPreferencesAsync(userId, ct);
    }
}
