using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using GoApi.Application.Abstractions.Persistence;
using GoApi.WebApi.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace GoApi.WebApi.OpenApi;

/// <summary>Adds to each operation what its route's metadata says: scopes, headers, an example, the names of the query.</summary>
internal static class Operations
{
    public static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var method = metadata.OfType<MethodInfo>().LastOrDefault();
        var document = context.Document!;

        operation.OperationId = Id(operation, method);
        if (metadata.OfType<AccessRequirement>().LastOrDefault() is { } access) Protect(operation, access, document);
        if (metadata.OfType<RequestExample>().LastOrDefault() is { } example) ShowExample(operation, example);
        DescribeQuery(operation, method, context.ApplicationServices);
        AddHeaders(operation, context, metadata);
        if (metadata.OfType<TakesFile>().LastOrDefault() is { } file) DescribeForm(operation, file);
        DescribeAnswers(operation, metadata);
        if (metadata.OfType<MergePatchOf>().LastOrDefault() is { } patch) await DescribePatchAsync(operation, patch.Type, context, ct);
    }

    // reviews_submit: the tag and the name of the method that handles it.
    private static string? Id(OpenApiOperation operation, MethodInfo? method) =>
        method is null || operation.Tags?.FirstOrDefault()?.Name is not { } tag ? operation.OperationId
            : $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(tag)}_{JsonNamingPolicy.SnakeCaseLower.ConvertName(method.Name)}";

    private static void Protect(OpenApiOperation operation, AccessRequirement access, OpenApiDocument document)
    {
        List<string> scopes = access.NeededScope is { } scope ? [scope] : [];
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DocumentHead.Bearer, document)] = scopes }];
        // No OAuth flow gives such a token.
        if (access.FirstParty) operation.Description = "Takes an access token of `POST /api/v1/users/login` only: no program that acts for a user may do this.";
        else operation.Security.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DocumentHead.OAuth, document)] = scopes });
        if (access.Permission is not null) operation.Security.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(DocumentHead.Machine, document)] = scopes });
    }

    private static void ShowExample(OpenApiOperation operation, RequestExample example)
    {
        foreach (var content in operation.RequestBody?.Content?.Values ?? [])
            if (content is OpenApiMediaType media)
                media.Example = JsonSerializer.SerializeToNode(example.Body);
    }

    private static void DescribeForm(OpenApiOperation operation, TakesFile file) => operation.RequestBody = new OpenApiRequestBody
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            [UploadedFile.MediaType] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { UploadedFile.Part },
                    Properties = new Dictionary<string, IOpenApiSchema>
                    {
                        [UploadedFile.Part] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = string.Create(CultureInfo.InvariantCulture, $"At most {file.MaxSize} bytes.") },
                    },
                },
            },
        },
    };

    private static void DescribeQuery(OpenApiOperation operation, MethodInfo? method, IServiceProvider services)
    {
        var query = (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Query).ToArray();
        foreach (var parameter in query) parameter.Name = JsonNamingPolicy.SnakeCaseLower.ConvertName(parameter.Name!);

        var filters = method?.GetParameters().Select(parameter => parameter.ParameterType).Where(typeof(IListFilter).IsAssignableFrom) ?? [];
        foreach (var (name, rule) in filters.SelectMany(filter => ValidatedSchemas.Rules(services, filter)))
        {
            if (query.FirstOrDefault(parameter => parameter.Name == name) is not { Schema: OpenApiSchema schema } parameter) continue;
            ValidatedSchemas.Apply(schema, rule);
            parameter.Required |= ValidatedSchemas.IsRequired(rule);
        }
    }

    private static void AddHeaders(OpenApiOperation operation, OpenApiOperationTransformerContext context, IList<object> metadata)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(Header(RequestId.Header, "Names the request; made where it is absent.", 1, RequestId.MaxLength, "^[A-Za-z0-9._-]+$"));
        if (metadata.OfType<CreatesResource>().Any())
            operation.Parameters.Add(Header(Idempotency.Header, "The same key and body within 24 hours get the first answer again.", Idempotency.MinLength, Idempotency.MaxLength, "^[!-~]+$"));
        if (operation.Responses?.ContainsKey("412") == true)
            operation.Parameters.Add(Header("If-Match", "Entity tags of the versions that may be changed."));
        if (context.Description.HttpMethod == HttpMethods.Get && (metadata.OfType<BytesAnswer>().Any() || metadata.OfType<AnswerType>().LastOrDefault() is { } answer && typeof(IVersioned).IsAssignableFrom(answer.Data)))
        {
            operation.Parameters.Add(Header("If-None-Match", "Entity tags of the versions that are known already."));
            operation.Responses!["304"] = new OpenApiResponse { Description = "Not Modified" };
        }
    }

    private static void DescribeAnswers(OpenApiOperation operation, IList<object> metadata)
    {
        var versioned = metadata.OfType<BytesAnswer>().Any() || metadata.OfType<AnswerType>().Any(answer => typeof(IVersioned).IsAssignableFrom(answer.Data));
        var streamed = metadata.OfType<AnswerType>().Any(answer => answer.MediaTypes is not null);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            if (response is not OpenApiResponse answer) continue;

            var code = int.Parse(status, CultureInfo.InvariantCulture);
            answer.Description = ReasonPhrases.GetReasonPhrase(code);
            answer.Headers ??= new Dictionary<string, IOpenApiHeader>();
            answer.Headers[RequestId.Header] = Text("The name of the request.");
            if (code is 429 or 503) answer.Headers["Retry-After"] = Number("Seconds.");
            if (code == 401) answer.Headers["WWW-Authenticate"] = Text("RFC 6750.");
            if (code == 201) answer.Headers["Location"] = Text("The resource that was made.");
            if (code == 200 && streamed) answer.Headers["Content-Disposition"] = Text("The name of the file.");
            if (code is 200 or 201 or 304 && versioned) answer.Headers["ETag"] = Text("The version, a strong entity tag.");
            foreach (var limit in (string[])["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]) answer.Headers[limit] = Number("The budget of the caller.");
        }
    }

    private static async Task DescribePatchAsync(OpenApiOperation operation, Type type, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        foreach (var media in (operation.RequestBody?.Content?.Values ?? []).OfType<OpenApiMediaType>())
        {
            var schema = await context.GetOrCreateSchemaAsync(type, null, ct);
            schema.Required = null;
            schema.Description = "Members that are named are replaced, null removes, what is not named stays.";
            media.Schema = schema;
        }
    }

    private static OpenApiParameter Header(string name, string description, int? min = null, int? max = null, string? pattern = null) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = min, MaxLength = max, Pattern = pattern },
    };

    private static OpenApiHeader Text(string description) => new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static OpenApiHeader Number(string description) => new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } };
}
