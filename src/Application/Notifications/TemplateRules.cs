using System.Text.RegularExpressions;
using FluentValidation;
using GoApi.Domain.Notifications;

namespace GoApi.Application.Notifications;

internal static partial class TemplateRules
{
    public static bool IsName(string name) => NamePattern().IsMatch(name);

    public static IRuleBuilderOptions<T, string?> IsTemplateLocale<T>(this IRuleBuilder<T, string?> rule) => rule
        .MaximumLength(NotificationTemplate.MaxLocale).Must(locale => locale is null || TemplateLocales.IsWellFormed(locale)).WithMessage("A locale is a BCP 47 tag, such as en-GB.");

    public static IRuleBuilderOptions<T, string?> IsCategory<T>(this IRuleBuilder<T, string?> rule) =>
        rule.Must(category => category is null || Category.IsName(category)).WithMessage($"A category has 1 to {Category.MaxLength} of a-z, 0-9, '_' and '-'.");

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,99}\z")]
    private static partial Regex NamePattern();
}
