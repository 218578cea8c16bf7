using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FluentValidation;
using FluentValidation.Validators;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GoApi.WebApi.OpenApi;

/// <summary>Corrects schemas where the serializer's own view of a type says too little.</summary>
internal static class Schemas
{
    /// <summary><c>Envelope&lt;ReviewDto&gt;</c> is called <c>ReviewEnvelope</c>.</summary>
    public static string? NameOf(JsonTypeInfo type)
    {
        // A value type with a converter of its own is text or null wherever it stands: it is no component.
        if (type.Type == typeof(Secret) || type.Type == typeof(Done)) return null;
        var name = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        if (name is null) return null;

        name = NameOfItems(name);
        foreach (var wrapper in (string[])["PageEnvelopeOf", "EnvelopeOf"])
            if (name.StartsWith(wrapper, StringComparison.Ordinal))
                return Plain(name[wrapper.Length..]) + wrapper[..^2];
        return Plain(name);
    }

    public static Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(Secret)) (schema.Type, schema.Format) = (JsonSchemaType.String, "password");
        else if (type == typeof(Done)) schema.Type = JsonSchemaType.Null;
        else if (type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(DateTimeOffset?)) BeText(schema, context);
        else if (context.JsonTypeInfo.PolymorphismOptions is { } either && either.DerivedTypes.All(one => one.TypeDiscriminator is null)) schema.Discriminator = null;
        else if (schema.Properties is { Count: > 0 } && IsOurs(type)) Complete(schema, context);
        return Task.CompletedTask;
    }

    // What a type with a converter of ours looks like, the serializer cannot know.
    private static void BeText(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var nullable = context.JsonPropertyInfo is { } member && (member.IsGetNullable || member.AssociatedParameter is { IsNullable: true });
        schema.Type = nullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
    }

    private static void Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = context.JsonTypeInfo.Type;
        if (context.ApplicationServices.GetService(typeof(IValidator<>).MakeGenericType(type)) is null)
        {
            // An answer: every member is written, also where it is null, unless it says otherwise of itself.
            var optional = context.JsonTypeInfo.Properties.Where(member => member.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) == true);
            schema.Required = schema.Properties!.Keys.Except(optional.Select(member => member.Name)).ToHashSet();
            return;
        }

        schema.Required = new HashSet<string>();
        foreach (var (field, rule) in ValidatedSchemas.Rules(context.ApplicationServices, type))
        {
            if (!schema.Properties!.TryGetValue(field, out var property)) continue;

            if (property is OpenApiSchema own) ValidatedSchemas.Apply(own, rule);
            // A number that is not sent is 0, and a secret that is not sent is empty: the rule refuses both.
            var declared = context.JsonTypeInfo.Properties.FirstOrDefault(member => member.Name == field)?.PropertyType;
            if (ValidatedSchemas.IsRequired(rule) || declared == typeof(Secret) || rule is IBetweenValidator && declared is { IsValueType: true } && Nullable.GetUnderlyingType(declared) is null)
                schema.Required.Add(field);
        }
    }

    // IReadOnlyListOfPermission, also within the name of an envelope.
    private static string NameOfItems(string name)
    {
        const string list = "IReadOnlyListOf";
        return name.Contains(list, StringComparison.Ordinal) ? name.Replace(list, "", StringComparison.Ordinal) + "List" : name;
    }

    private static bool IsOurs(Type type) => type.Namespace?.StartsWith("GoApi.", StringComparison.Ordinal) == true;

    private static string Plain(string name) => name.EndsWith("Dto", StringComparison.Ordinal) ? name[..^3] : name;
}
