namespace GoApi.ArchitectureTests;

/// <summary>Makes a value of a record with something in every parameter, so that what gets lost on the way is seen.</summary>
internal static class Sample
{
    private static int count;

    public static object Of(Type type)
    {
        var next = Interlocked.Increment(ref count);
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain == typeof(Guid)) return Guid.CreateVersion7();
        if (plain == typeof(string)) return $"text {next}";
        if (plain == typeof(bool)) return true;
        if (plain == typeof(DateTimeOffset)) return new DateTimeOffset(2026, 1, 15, 10, 30, 0, TimeSpan.Zero).AddMicroseconds(next);
        if (plain == typeof(DateOnly)) return new DateOnly(2026, 1, 15).AddDays(next);
        if (plain == typeof(TimeSpan)) return TimeSpan.FromSeconds(next);
        if (plain.IsEnum) return Enum.GetValues(plain).GetValue(plain.GetEnumValues().Length - 1)!;
        if (plain.IsPrimitive || plain == typeof(decimal)) return Convert.ChangeType(next % 100 + 1, plain, System.Globalization.CultureInfo.InvariantCulture);

        var constructor = plain.GetConstructors().MaxBy(constructor => constructor.GetParameters().Length)
            ?? throw new NotSupportedException($"{plain} cannot be made: ids and facts are what events hold.");
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Of(parameter.ParameterType))]);
    }
}
