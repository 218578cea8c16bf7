using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace GoApi.Infrastructure.Configuration;

/// <summary>Reads a record of settings and gathers every fault, so that whoever starts the program mends all of them at once.</summary>
public sealed class SettingsReader(IConfiguration configuration)
{
    private readonly List<string> faults = [];

    /// <summary>One line each, naming the setting and what would be right, never the value of a secret.</summary>
    public IReadOnlyList<string> Faults => faults;

    public T Read<T>() where T : new()
    {
        var settings = new T();
        foreach (var property in typeof(T).GetProperties())
            if (property.GetCustomAttribute<SettingAttribute>() is { } setting)
                Set(settings, property, setting);
        return settings;
    }

    public void Fault(string line) => faults.Add(line);

    private void Set(object settings, PropertyInfo property, SettingAttribute setting)
    {
        var text = configuration[setting.Name]?.Trim();
        if (string.IsNullOrEmpty(text)) text = setting.Default;
        if (text is null) return;

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (Parse(type, text, setting, out var expected) is { } value) property.SetValue(settings, value);
        else faults.Add($"{setting.Name}{(setting.Secret ? "" : $" is \"{text}\"")}: {expected} is expected.");
    }

    private static object? Parse(Type type, string text, SettingAttribute setting, out string expected)
    {
        if (type == typeof(string))
        {
            expected = $"one of {string.Join(", ", setting.OneOf)}";
            return setting.OneOf.Length == 0 || setting.OneOf.Contains(text) ? text : null;
        }

        if (type == typeof(bool))
        {
            expected = "true or false";
            return bool.TryParse(text, out var flag) ? flag : null;
        }

        if (type == typeof(string[]))
        {
            expected = "a comma-separated list";
            return text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        }

        if (type == typeof(Uri))
        {
            expected = $"an absolute address ({string.Join(" or ", setting.Schemes)})";
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && setting.Schemes.Contains(uri.Scheme) ? uri : null;
        }

        if (type == typeof(TimeSpan))
        {
            expected = "a whole number of seconds" + Range(setting);
            return Number(text, setting) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        }

        expected = "a whole number" + Range(setting);
        return Number(text, setting) is { } number ? Convert.ChangeType(number, type, CultureInfo.InvariantCulture) : null;
    }

    private static long? Number(string text, SettingAttribute setting) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= setting.Min && number <= setting.Max
            ? number
            : null;

    private static string Range(SettingAttribute setting) => (setting.Min, setting.Max) switch
    {
        (long.MinValue, long.MaxValue) => "",
        (_, long.MaxValue) => $" of at least {setting.Min}",
        (long.MinValue, _) => $" of at most {setting.Max}",
        _ => $" from {setting.Min} to {setting.Max}",
    };
}

/// <summary>The configuration is wrong; the message has one line for each fault.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> faults)
    : Exception("The configuration is wrong:" + string.Concat(faults.Select(fault => $"\n  {fault}")))
{
    public IReadOnlyList<string> Faults { get; } = faults;
}
