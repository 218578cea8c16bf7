using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace GoApi.ApiTests;

/// <summary>Calls the API as somebody. Every answer in JSON is held against the envelope and the OpenAPI document.</summary>
public sealed class Caller(Instance instance, string? token)
{
    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Answer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, body, headers);

    public Task<Answer> PutAsync(string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Put, path, body, headers);

    public Task<Answer> PatchAsync(string path, object? body = null, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Patch, path, body, headers);

    public Task<Answer> DeleteAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Delete, path, null, headers);

    /// <param name="body">Text is sent as it is, content with its own type, anything else as JSON.</param>
    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        using var response = await instance.Http.SendAsync(request);
        var answer = new Answer(response, await response.Content.ReadAsStringAsync());
        if (answer.IsJson) await instance.Contract.CheckAsync(method, path, answer);
        return answer;
    }
}

/// <summary>An answer that has been read.</summary>
public sealed class Answer
{
    private readonly Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<JsonElement> json;

    public Answer(HttpResponseMessage response, string text)
    {
        Status = (int)response.StatusCode;
        Text = text;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers)) headers[name] = string.Join(", ", values);
        json = new Lazy<JsonElement>(() => JsonDocument.Parse(Text).RootElement.Clone());
    }

    public int Status { get; }

    public string Text { get; }

    public IReadOnlyDictionary<string, string> Headers => headers;

    public bool IsJson => Text.Length > 0 && headers.GetValueOrDefault("Content-Type")?.Split(';')[0] == "application/json";

    public JsonElement Json => json.Value;

    public JsonElement Data => Json.GetProperty("data");

    public JsonElement Meta => Json.GetProperty("meta");

    public JsonElement Pagination => Meta.GetProperty("pagination");

    public string? NextCursor => Pagination.GetProperty("next_cursor").GetString();

    public Guid Id => Data.GetProperty("id").GetGuid();

    /// <summary>What audit entries and messages that came of this request are found by.</summary>
    public string RequestId => headers["X-Request-ID"];

    public string? Header(string name) => headers.GetValueOrDefault(name);

    public string? Field(string field) => Data.GetProperty(field).GetString();

    /// <summary>Of the first error.</summary>
    public string? Code => Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("code").GetString()).FirstOrDefault();

    /// <summary>The fields at fault, in order.</summary>
    public string?[] Fields => [.. Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).Order(StringComparer.Ordinal)];

    public Guid[] Ids => [.. Data.EnumerateArray().Select(item => item.GetProperty("id").GetGuid())];

    public Answer Is(int status, string? code = null)
    {
        Assert.True(Status == status, string.Create(CultureInfo.InvariantCulture, $"{Status} instead of {status}: {Text}"));
        if (code is not null) Assert.Equal(code, Code);
        return this;
    }
}
