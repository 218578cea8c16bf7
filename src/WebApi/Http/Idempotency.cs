using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GoApi.Application.Abstractions.Idempotency;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Kernel;
using Microsoft.Extensions.Options;

namespace GoApi.WebApi.Http;

/// <summary>A POST that makes something, and what it answers with then. <c>Idempotency-Key</c> is honoured.</summary>
internal sealed record CreatesResource(IReadOnlyList<int> Statuses);

/// <summary>What a refused request wrote stays: a key must not undo the counting of wrong credentials.</summary>
internal sealed record KeepsFailures;

internal static class Idempotency
{
    public const string Header = "Idempotency-Key";
    public const string Replayed = "Idempotency-Replayed";
    public const int MinLength = 8;
    public const int MaxLength = 128;

    /// <param name="statuses">Of success; 201 where none is given.</param>
    public static RouteHandlerBuilder CreatesResource(this RouteHandlerBuilder route, params int[] statuses) =>
        route.WithMetadata(new CreatesResource(statuses.Length > 0 ? statuses : [StatusCodes.Status201Created])).AddEndpointFilter(RunOnceAsync);

    /// <summary>A refused request counts a failure, also with a key.</summary>
    public static RouteHandlerBuilder CountsFailures(this RouteHandlerBuilder route) => route.WithMetadata(new KeepsFailures());

    /// <summary>The body is read twice: by the endpoint, and for the fingerprint.</summary>
    public static Task BufferBodyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.ContainsKey(Header) && context.GetEndpoint()?.Metadata.GetMetadata<CreatesResource>() is not null)
            context.Request.EnableBuffering((int)Server.MaxJsonBody);
        return next(context);
    }

    private static async ValueTask<object?> RunOnceAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var http = call.HttpContext;
        var keys = http.Request.Headers[Header];
        if (keys.Count == 0) return await next(call);
        if (keys is not [{ Length: >= MinLength and <= MaxLength } key] || !key.All(letter => letter is >= '!' and <= '~'))
            return Error.BadRequest($"{Header} is {MinLength} to {MaxLength} printable ASCII characters.").ToAnswer();

        var actor = http.RequestServices.GetRequiredService<ICurrentActor>();
        var request = new IdempotentRequest(CallerKeys.Of(actor, Actors.Address(http)), actor.UserId, key, await FingerprintAsync(http));
        var options = http.RequestServices.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value.SerializerOptions;
        switch (await http.RequestServices.GetRequiredService<IIdempotentRequests>().ClaimAsync(request, http.RequestAborted))
        {
            case IdempotencyClaim.First first:
                await using (first.Transaction) return await RunAsync(first.Transaction, call, next, options);
            case IdempotencyClaim.Replay replay:
                return Replay(http, replay.Answer, options);
            case IdempotencyClaim.Reused:
                return new Error(ErrorKind.Validation, "IDEMPOTENCY_KEY_REUSED", $"This {Header} was used for another request.", []).ToAnswer();
            default:
                return new Error(ErrorKind.Conflict, "IDEMPOTENCY_IN_PROGRESS", "The first request with this key is still running.", []).ToAnswer(retryAfter: 1);
        }
    }

    private static async Task<object?> RunAsync(IIdempotentTransaction transaction, EndpointFilterInvocationContext call, EndpointFilterDelegate next, JsonSerializerOptions options)
    {
        var result = await next(call);
        // Without being completed the transaction is rolled back, and the key is free again.
        if (result is not ApiResult answer) throw new InvalidOperationException("What cannot be remembered cannot be idempotent: the endpoint has to answer with an ApiResult.");
        if (answer.Status >= StatusCodes.Status500InternalServerError) return answer;

        var keepChanges = answer.Errors.Count == 0 || call.HttpContext.GetEndpoint()?.Metadata.GetMetadata<KeepsFailures>() is not null;
        await transaction.CompleteAsync(Remember(answer, options), keepChanges, call.HttpContext.RequestAborted);
        return answer;
    }

    private static RememberedAnswer Remember(ApiResult answer, JsonSerializerOptions options) => new(
        answer.Status,
        answer.HoldsSecret ? null : JsonSerializer.SerializeToUtf8Bytes(
            new Remembered(answer.Message, JsonSerializer.SerializeToElement(answer.Data, options), answer.Errors, answer.ETag), options),
        answer.Location);

    private static ApiResult Replay(HttpContext http, RememberedAnswer answer, JsonSerializerOptions options)
    {
        http.Response.Headers[Replayed] = "true";
        if (answer.Body is null)
            return Error.Conflict($"This was done before, and its answer held a secret that is not kept. See {answer.Location ?? http.Request.Path}.").ToAnswer();

        var remembered = JsonSerializer.Deserialize<Remembered>(answer.Body, options)!;
        return new ApiResult
        {
            Status = answer.Status,
            Message = remembered.Message,
            Data = remembered.Data.ValueKind == JsonValueKind.Null ? null : remembered.Data,
            Errors = remembered.Errors,
            ETag = remembered.ETag,
            Location = answer.Location,
        };
    }

    private static async Task<byte[]> FingerprintAsync(HttpContext http)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path}\n"));
        var body = http.Request.Body;
        if (body.CanSeek)
        {
            body.Position = 0;
            var part = new byte[16 * 1024];
            int read;
            while ((read = await body.ReadAsync(part, http.RequestAborted)) > 0) digest.AppendData(part, 0, read);
        }

        return digest.GetHashAndReset();
    }

    private sealed record Remembered(string Message, JsonElement Data, IReadOnlyList<ApiError> Errors, string? ETag);
}
