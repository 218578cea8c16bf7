using System.Text.Json;
using FluentValidation;

namespace GoApi.Application.Abstractions.Persistence;

/// <summary>Enumerations travel and rest as snake_case text: a name is readable in a row and survives a reordering.</summary>
public static class EnumText
{
    public static string ToText<T>(this T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static T? Parse<T>(string? text) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (value.ToText() == text)
                return value;
        return null;
    }

    /// <summary>The text names a value, or is absent.</summary>
    public static IRuleBuilderOptions<T, string?> OneOf<T, TEnum>(this IRuleBuilder<T, string?> rule, params TEnum[] allowed) where TEnum : struct, Enum
    {
        var names = (allowed.Length > 0 ? allowed : Enum.GetValues<TEnum>()).Select(ToText).ToArray();
        return rule.Must(text => text is null || names.Contains(text)).WithMessage($"Use one of {string.Join(", ", names)}.");
    }
}
