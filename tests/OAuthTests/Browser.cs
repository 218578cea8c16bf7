using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;

namespace GoApi.OAuthTests;

/// <summary>A client that keeps cookies and follows nothing by itself.</summary>
public sealed partial class Browser : IDisposable
{
    public const string Oauth = "/api/v1/oauth/";

    private readonly HttpClient http;

    public Browser(string origin, string? userAgent = null)
    {
        http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(origin) };
        if (userAgent is not null) http.DefaultRequestHeaders.Add("User-Agent", userAgent);
    }

    public void Dispose() => http.Dispose();

    public Task<HttpResponseMessage> GetAsync(string url) => http.GetAsync(url);

    public Task<HttpResponseMessage> PostAsync(string url, params (string Name, string Value)[] fields) => http.PostAsync(url, Form(fields));

    /// <summary>With client_secret_basic.</summary>
    public Task<HttpResponseMessage> PostAsync(string url, TestClient client, params (string Name, string Value)[] fields)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = Form(client.Secret is null ? [("client_id", client.Id), .. fields] : fields) };
        if (client.Secret is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.Id}:{client.Secret}")));
        return http.SendAsync(request);
    }

    public Task<HttpResponseMessage> BearerAsync(string url, string token, string? elsewhere = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, elsewhere is null ? url : elsewhere + url);
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return http.SendAsync(request);
    }

    public async Task<HttpStatusCode> MeAsync(string token, string? elsewhere = null) => (await BearerAsync("/api/v1/users/me", token, elsewhere)).StatusCode;

    /// <summary>Submits the form of a page with the hidden fields that it has.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(HttpResponseMessage page, string action, params (string Name, string Value)[] fields)
    {
        var hidden = Hidden().Matches(await page.Content.ReadAsStringAsync()).Select(field => (Attribute(field.Value, "name"), Attribute(field.Value, "value")));
        return await PostAsync(action, [.. hidden, .. fields]);
    }

    /// <summary>Logs in at the page that a redirect leads to; where it goes on to.</summary>
    public async Task<string> LogInAsync(HttpResponseMessage redirect, TestUser user)
    {
        var page = await GetAsync(redirect.Headers.Location!.ToString());
        return await (await SubmitAsync(page, "/login", ("email", user.Email), ("password", OAuthHost.Password))).NextAsync();
    }

    public async Task LogInAsync(TestUser user)
    {
        var done = await SubmitAsync(await GetAsync("/login"), "/login", ("email", user.Email), ("password", OAuthHost.Password));
        Xunit.Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
    }

    /// <summary>From an authorize request to its answer at the client: whatever pages come are answered with yes.</summary>
    public async Task<Uri> AuthorizeAsync(string url, TestUser user)
    {
        var answer = await GetAsync(url);
        while (answer.Headers.Location is { IsAbsoluteUri: false } page)
        {
            if (page.ToString().StartsWith("/login", StringComparison.Ordinal))
            {
                answer = await GetAsync(await LogInAsync(answer, user));
            }
            else
            {
                var asked = await GetAsync(page.ToString());
                answer = await GetAsync(await (await SubmitAsync(asked, "/consent", ("decision", "allow"))).NextAsync());
            }
        }

        return answer.Headers.Location ?? throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private static FormUrlEncodedContent Form((string Name, string Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static string Attribute(string tag, string name) => WebUtility.HtmlDecode(Regex.Match(tag, $"{name}=\"([^\"]*)\"").Groups[1].Value);

    [GeneratedRegex("<input[^>]*type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();
}

public static partial class Web
{
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkdBjftJeZ4";

    public static readonly string Challenge = Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public static string Authorize(TestClient client, string extra = "", string scope = "openid email reviews:write offline_access", string redirect = TestClient.RedirectUri) =>
        $"{Browser.Oauth}authorize?client_id={client.Id}&response_type=code&redirect_uri={Uri.EscapeDataString(redirect)}&scope={Uri.EscapeDataString(scope)}&state=s1&code_challenge={Challenge}&code_challenge_method=S256{extra}";

    public static (string, string)[] Exchange(string code, string verifier = Verifier, string redirect = TestClient.RedirectUri) =>
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", verifier)];

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : new JsonObject { ["raw"] = text, ["status"] = (int)answer.StatusCode };
    }

    public static async Task<JsonObject> JsonAsync(this Task<HttpResponseMessage> answer) => await (await answer).JsonAsync();

    public static string Text(this JsonObject json, string name) => json[name]?.ToString() ?? throw new InvalidOperationException($"No {name} in {json.ToJsonString()}");

    /// <summary>Where a page goes on to: by a redirect, or by the page that ends a form's navigation.</summary>
    public static async Task<string> NextAsync(this HttpResponseMessage answer)
    {
        if (answer.Headers.Location is { } location) return location.ToString();
        var html = await answer.Content.ReadAsStringAsync();
        var refresh = Refresh().Match(html);
        return refresh.Success ? WebUtility.HtmlDecode(refresh.Groups[1].Value) : throw new InvalidOperationException($"{(int)answer.StatusCode} {html}");
    }

    public static string? Query(this Uri uri, string name) =>
        HttpUtility.ParseQueryString(uri.IsAbsoluteUri ? uri.Query : uri.OriginalString[uri.OriginalString.IndexOf('?', StringComparison.Ordinal)..])[name];

    public static string Code(this Uri uri) => uri.Query("code") ?? throw new InvalidOperationException(uri.ToString());

    public static JsonObject Part(string jwt, int index) => JsonNode.Parse(Decode(jwt.Split('.')[index]))!.AsObject();

    public static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    public static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    [GeneratedRegex("<meta http-equiv=\"refresh\" content=\"0; url=([^\"]*)\"")]
    private static partial Regex Refresh();
}
