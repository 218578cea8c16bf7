using System.Globalization;
using System.Text.Json;
using FluentValidation;
using FluentValidation.Validators;
using Microsoft.OpenApi;

namespace GoApi.WebApi.OpenApi;

/// <summary>The bounds that a schema names are those that the validators check: nobody writes them twice.</summary>
internal static class ValidatedSchemas
{
    /// <summary>The rules that always hold, by the name of the field in JSON; those that a request includes are its interface's.</summary>
    public static IEnumerable<(string Field, IPropertyValidator Rule)> Rules(IServiceProvider services, Type request) => request.GetInterfaces().Append(request)
        .SelectMany(validated => services.GetServices(typeof(IValidator<>).MakeGenericType(validated)).OfType<IValidator>())
        .SelectMany(validator => validator.CreateDescriptor().GetMembersWithValidators())
        .Where(member => member.Key is not null)
        .SelectMany(member => member
            .Where(rule => rule.Options is { HasCondition: false, HasAsyncCondition: false })
            .Select(rule => (JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Key), rule.Validator)));

    public static bool IsRequired(IPropertyValidator rule) => rule is INotEmptyValidator or INotNullValidator;

    public static void Apply(OpenApiSchema schema, IPropertyValidator rule)
    {
        switch (rule)
        {
            case INotEmptyValidator when schema.Type?.HasFlag(JsonSchemaType.Array) == true:
                schema.MinItems ??= 1;
                break;
            case INotEmptyValidator:
                schema.MinLength ??= 1;
                break;
            case ILengthValidator length:
                if (length.Min > 0) schema.MinLength = length.Min;
                if (length.Max > 0) schema.MaxLength = length.Max;
                break;
            case IBetweenValidator between:
                schema.Minimum = Convert.ToString(between.From, CultureInfo.InvariantCulture);
                schema.Maximum = Convert.ToString(between.To, CultureInfo.InvariantCulture);
                break;
            case IRegularExpressionValidator { Expression: { } pattern }:
                // ECMA-262, which JSON Schema means, has $ for what .NET calls \z.
                schema.Pattern = pattern.Replace(@"\z", "$", StringComparison.Ordinal);
                break;
        }
    }
}
